//! A picture of times by size, both on a logarithmic scale: lines that are flat are what is hoped for.

use std::fmt::Write as _;

use super::thousands;
use crate::timing::words;

/// One line.
pub struct Line {
    pub name: &'static str,
    /// Sizes and seconds.
    pub points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 460.0;
/// Where the lines are drawn: left, top, right, bottom.
const LEFT: f64 = 70.0;
const TOP: f64 = 24.0;
const RIGHT: f64 = 610.0;
const BOTTOM: f64 = 400.0;
/// How far apart the names of the lines stand, at least.
const NAME_HEIGHT: f64 = 19.0;

/// Colours that can be told apart by people who do not see all of them, on white and on black, after Okabe and Ito.
const COLOURS: [(&str, &str); 8] = [
    ("#0072b2", "#56b4e9"),
    ("#56b4e9", "#9ad3f5"),
    ("#6b6b6b", "#a8a8a8"),
    ("#d55e00", "#ff8c42"),
    ("#e69f00", "#ffc34d"),
    ("#00785a", "#2ecc9b"),
    ("#2fae8f", "#8fe3cb"),
    ("#b0457f", "#e58fbd"),
];

/// The file.
pub fn svg(lines: &[Line]) -> String {
    let all = || lines.iter().flat_map(|line| &line.points);
    let sizes = Scale::over(all().map(|point| point.0), (LEFT, RIGHT));
    let times = Scale::over(all().map(|point| point.1.max(1e-6)), (BOTTOM, TOP));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <title>p95 of each request by the number of expenses in the ledger</title>\n{}\
         <rect class=\"page\" width=\"100%\" height=\"100%\" rx=\"8\"/>\n",
        style(),
    );
    grid(&mut svg, &sizes, &times);
    let mut ends: Vec<(usize, f64)> = lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| Some((at, times.at(line.points.last()?.1))))
        .collect();
    for (at, line) in lines.iter().enumerate() {
        draw(&mut svg, at, line, &sizes, &times);
    }
    // The names stand where the lines end, moved down as far as they would stand on each other.
    ends.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut free = TOP;
    for (at, y) in ends {
        let name = y.max(free);
        free = name + NAME_HEIGHT;
        writeln!(
            svg,
            "<path class=\"l{at} lead\" d=\"M{RIGHT} {y:.1}L{} {name:.1}\"/>\n\
             <text class=\"n{at}\" x=\"{}\" y=\"{:.1}\">{}</text>",
            RIGHT + 16.0,
            RIGHT + 20.0,
            name + 4.5,
            lines[at].name,
        )
        .expect("a string takes all");
    }
    svg + "</svg>\n"
}

/// In the colours that the reader has asked for, on a ground of its own: the page around it may have others.
fn style() -> String {
    let rules = |pick: fn(&(&'static str, &'static str)) -> &'static str,
                 ground: &str,
                 text: &str,
                 grid: &str| {
        let mut rules = format!(".page{{fill:{ground}}}text{{fill:{text}}}.grid{{stroke:{grid}}}");
        for (at, colours) in COLOURS.iter().enumerate() {
            let colour = pick(colours);
            write!(
                rules,
                ".l{at}{{stroke:{colour};fill:none}}.d{at},.n{at}{{fill:{colour}}}"
            )
            .expect("a string takes all");
        }
        rules
    };
    format!(
        "<style>.line{{stroke-width:2.25}}.lead{{stroke-width:1;opacity:.5}}.grid{{stroke-width:1}}{}\
         @media (prefers-color-scheme:dark){{{}}}</style>\n",
        rules(|colours| colours.0, "#ffffff", "#24292f", "#e4e7eb"),
        rules(|colours| colours.1, "#14171c", "#d7dce2", "#2c323a"),
    )
}

fn grid(svg: &mut String, sizes: &Scale, times: &Scale) {
    for time in times.powers() {
        let y = times.at(time);
        writeln!(
            svg,
            "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 10.0,
            y + 4.5,
            power_in_words(time),
        )
        .expect("a string takes all");
    }
    for size in sizes.powers() {
        let x = sizes.at(size);
        writeln!(
            svg,
            "<path class=\"grid\" d=\"M{x:.1} {TOP}V{BOTTOM}\"/>\
             <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            BOTTOM + 22.0,
            format_args!("{size:.0}")
                .to_string()
                .parse()
                .map_or(String::new(), thousands),
        )
        .expect("a string takes all");
    }
    writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">expenses in the ledger</text>",
        f64::midpoint(LEFT, RIGHT),
        BOTTOM + 46.0,
    )
    .expect("a string takes all");
}

fn draw(svg: &mut String, at: usize, line: &Line, sizes: &Scale, times: &Scale) {
    let mut path = String::new();
    let mut dots = String::new();
    for (size, time) in &line.points {
        let (x, y) = (sizes.at(*size), times.at(*time));
        let letter = if path.is_empty() { 'M' } else { 'L' };
        write!(path, "{letter}{x:.1} {y:.1}").expect("a string takes all");
        write!(
            dots,
            "<circle class=\"d{at}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>"
        )
        .expect("a string takes all");
    }
    writeln!(svg, "<path class=\"l{at} line\" d=\"{path}\"/>{dots}").expect("a string takes all");
}

fn power_in_words(seconds: f64) -> String {
    words(std::time::Duration::from_secs_f64(seconds)).replace(".0", "")
}

/// A logarithmic scale from one power of ten to another.
struct Scale {
    first: i32,
    last: i32,
    from: f64,
    to: f64,
}

impl Scale {
    fn over(values: impl Iterator<Item = f64>, (from, to): (f64, f64)) -> Self {
        let (mut least, mut most) = (f64::MAX, f64::MIN_POSITIVE);
        for value in values {
            least = least.min(value);
            most = most.max(value);
        }
        // Powers of ten of what can be measured are few.
        let power = |value: f64| {
            (-12..12)
                .rev()
                .find(|power| 10_f64.powi(*power) <= value * 1.000_001)
        };
        let first = power(least).unwrap_or(0);
        let mut end = power(most).unwrap_or(0);
        if 10_f64.powi(end) * 1.000_001 < most {
            end += 1;
        }
        Self {
            first,
            last: end.max(first + 1),
            from,
            to,
        }
    }

    fn at(&self, value: f64) -> f64 {
        let (first, last) = (f64::from(self.first), f64::from(self.last));
        let share = (value.max(1e-12).log10() - first) / (last - first);
        self.from + share.clamp(0.0, 1.0) * (self.to - self.from)
    }

    fn powers(&self) -> impl Iterator<Item = f64> {
        (self.first..=self.last).map(|power| 10_f64.powi(power))
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, svg};

    #[test]
    fn every_line_has_its_points_and_its_name_in_the_picture() {
        let line = |name, times: [f64; 2]| Line {
            name,
            points: [1e3, 1e6].into_iter().zip(times).collect(),
        };
        let svg = svg(&[line("flat", [0.002, 0.002]), line("steep", [0.001, 2.0])]);
        assert_eq!(svg.matches("<circle").count(), 4);
        assert!(svg.contains(">flat</text>") && svg.contains(">steep</text>"));
        assert!(svg.contains(">1,000,000</text>") && svg.contains(">10 s</text>"));
    }
}

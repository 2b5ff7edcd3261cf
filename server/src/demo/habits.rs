//! What comes again and again: every month, every year, or when it comes.

use crate::expenses::Kind;

/// On the same day of every month.
pub struct Monthly {
    pub day: u32,
    /// 1 for every month, 3 for January, April, July and October.
    pub every: u32,
    pub payee: &'static str,
    pub category: &'static str,
    pub kind: Kind,
    /// Cents, in the first year.
    pub amount: i64,
    /// Cents: prices are multiples of it.
    pub step: i64,
    pub tags: &'static [&'static str],
}

const fn monthly(
    day: u32,
    payee: &'static str,
    category: &'static str,
    amount: i64,
    step: i64,
) -> Monthly {
    Monthly {
        day,
        every: 1,
        payee,
        category,
        kind: Kind::Expense,
        amount,
        step,
        tags: &[],
    }
}

/// Every month, and every third.
pub const MONTHLY: &[Monthly] = &[
    monthly(1, "Lindner Property Management", "Rent", 84_000, 1000),
    monthly(2, "Boulder Hall", "Sport", 3_490, 100),
    monthly(3, "City Utilities", "Utilities", 9_200, 100),
    monthly(5, "Fibernet", "Internet and phone", 3_999, 1),
    monthly(6, "Telly Mobile", "Internet and phone", 999, 1),
    Monthly {
        tags: &["subscription"],
        ..monthly(8, "Tunes", "Subscriptions", 1_099, 10)
    },
    Monthly {
        tags: &["subscription"],
        ..monthly(12, "Flimmer", "Subscriptions", 1_299, 10)
    },
    Monthly {
        tags: &["subscription", "news"],
        ..monthly(15, "The Daily Courier", "Subscriptions", 990, 10)
    },
    monthly(20, "Commuter Ticket", "Public transport", 4_900, 100),
    monthly(25, "Doctors for All", "Gifts and donations", 1_500, 500),
    Monthly {
        every: 3,
        ..monthly(10, "Hanse Insurance", "Insurance", 11_240, 1)
    },
    Monthly {
        every: 3,
        ..monthly(15, "Broadcasting Fee", "Taxes and fees", 5_508, 5_508)
    },
    Monthly {
        kind: Kind::Income,
        ..monthly(27, "Northwind Studio", "Salary", 298_500, 1000)
    },
];

/// On one day of the year.
pub struct Yearly {
    pub month: u32,
    pub day: u32,
    pub payee: &'static str,
    pub category: &'static str,
    pub kind: Kind,
    /// Cents; below 0 it is a refund.
    pub amount: i64,
    pub note: &'static str,
    pub tags: &'static [&'static str],
}

const fn yearly(
    (month, day): (u32, u32),
    payee: &'static str,
    category: &'static str,
    amount: i64,
    note: &'static str,
) -> Yearly {
    Yearly {
        month,
        day,
        payee,
        category,
        kind: Kind::Expense,
        amount,
        note,
        tags: &[],
    }
}

/// Every year.
pub const YEARLY: &[Yearly] = &[
    yearly(
        (1, 12),
        "Hanse Insurance",
        "Insurance",
        6_540,
        "Liability, for the year",
    ),
    yearly(
        (2, 9),
        "Dr. Weber, dentist",
        "Doctor and dentist",
        9_450,
        "Professional cleaning",
    ),
    yearly(
        (3, 17),
        "City Utilities",
        "Utilities",
        -8_730,
        "Back from last year's heating",
    ),
    yearly(
        (4, 8),
        "Karim's Garage",
        "Car",
        38_900,
        "Inspection, oil, summer tyres",
    ),
    yearly((4, 21), "Spoke & Chain", "Bicycle", 7_900, "Spring check"),
    yearly(
        (5, 14),
        "Hanse Insurance",
        "Insurance",
        9_820,
        "Household contents",
    ),
    yearly(
        (6, 3),
        "Parents",
        "Gifts and donations",
        8_500,
        "Wedding day",
    ),
    yearly(
        (9, 17),
        "Dr. Weber, dentist",
        "Doctor and dentist",
        21_480,
        "Filling, upper left; invoice 2211",
    ),
    yearly(
        (10, 6),
        "Evening School",
        "Education",
        16_800,
        "Spanish, autumn term",
    ),
    yearly((10, 22), "Karim's Garage", "Car", 14_500, "Winter tyres"),
    yearly(
        (11, 28),
        "Lumen Electronics",
        "Electronics",
        28_900,
        "Black Friday",
    ),
    yearly(
        (12, 12),
        "Toy Box",
        "Gifts and donations",
        6_490,
        "For the nieces",
    ),
    yearly(
        (12, 18),
        "Bookshop at the Bridge",
        "Gifts and donations",
        7_350,
        "",
    ),
    Yearly {
        kind: Kind::Income,
        ..yearly(
            (7, 11),
            "Tax Office",
            "Other income",
            61_200,
            "Refund for last year",
        )
    },
    Yearly {
        kind: Kind::Income,
        tags: &["bonus"],
        ..yearly((11, 27), "Northwind Studio", "Salary", 150_000, "Bonus")
    },
];

/// What comes when it comes.
pub struct Habit {
    pub payees: &'static [&'static str],
    pub category: &'static str,
    /// How many times in a thousand days.
    pub per_mille: u64,
    /// Cents, in the first year; the smaller ones more often.
    pub least: i64,
    pub most: i64,
    /// Cents: prices are multiples of it.
    pub step: i64,
    pub on_sundays: bool,
    /// How many of a thousand are refunds.
    pub refunds_per_mille: u64,
    /// Notes and tags, of which one is taken.
    pub extras: &'static [(&'static str, &'static [&'static str])],
}

const fn habit(
    category: &'static str,
    payees: &'static [&'static str],
    per_mille: u64,
    (least, most, step): (i64, i64, i64),
) -> Habit {
    Habit {
        payees,
        category,
        per_mille,
        least,
        most,
        step,
        on_sundays: true,
        refunds_per_mille: 0,
        extras: &[("", &[])],
    }
}

/// By dice, every day.
pub const HABITS: &[Habit] = &[
    Habit {
        on_sundays: false,
        ..habit(
            "Groceries",
            &[
                "Fresh & Near",
                "Discounter",
                "Corner Supermarket",
                "Organic Store",
            ],
            360,
            (640, 7_800, 1),
        )
    },
    Habit {
        on_sundays: false,
        extras: &[("", &[]), ("", &["market"]), ("Flowers, too", &["market"])],
        ..habit("Groceries", &["Weekly Market"], 70, (900, 3_600, 10))
    },
    habit(
        "Coffee and snacks",
        &[
            "Bakery Sommer",
            "Café Central",
            "Kiosk 24",
            "Station Bakery",
        ],
        330,
        (180, 720, 10),
    ),
    Habit {
        extras: &[
            ("", &[]),
            ("", &[]),
            ("Lunch with a client", &["work"]),
            ("With Sam", &[]),
            ("Birthday", &["friends"]),
        ],
        ..habit(
            "Eating out",
            &[
                "Trattoria Da Lucia",
                "Golden Wok",
                "Burger Yard",
                "Saffron",
                "The Canteen",
            ],
            190,
            (950, 5_800, 10),
        )
    },
    habit(
        "Fuel",
        &["Northern Fuel", "Harbour Fuel", "Motorway Services"],
        62,
        (4_100, 7_600, 1),
    ),
    habit(
        "Public transport",
        &["Rail", "Night Bus"],
        35,
        (290, 5_900, 10),
    ),
    Habit {
        on_sundays: false,
        ..habit("Pharmacy", &["Linden Pharmacy"], 38, (420, 2_900, 5))
    },
    Habit {
        on_sundays: false,
        refunds_per_mille: 140,
        extras: &[("", &[]), ("", &["sale"]), ("Shoes", &[])],
        ..habit(
            "Clothes",
            &["Fabric", "Second Season", "Nordic Outdoor"],
            42,
            (1_900, 14_500, 10),
        )
    },
    Habit {
        refunds_per_mille: 80,
        extras: &[("Warranty until next year", &["warranty"]), ("", &[])],
        ..habit(
            "Electronics",
            &["Lumen Electronics", "Parts Online"],
            12,
            (1_500, 32_000, 10),
        )
    },
    Habit {
        on_sundays: false,
        ..habit(
            "Household",
            &["Drugstore", "Hardware Store", "Discounter"],
            85,
            (390, 4_200, 5),
        )
    },
    habit(
        "Furnishing",
        &["Home & Beyond", "Flea Market"],
        9,
        (2_500, 24_000, 100),
    ),
    Habit {
        extras: &[("", &[]), ("", &["reading"])],
        ..habit(
            "Books and games",
            &["Bookshop at the Bridge", "Game Store"],
            48,
            (790, 4_990, 10),
        )
    },
    Habit {
        extras: &[("", &[]), ("", &["friends"]), ("Two tickets", &["friends"])],
        ..habit(
            "Going out",
            &[
                "Cinema Royal",
                "Jazz Cellar",
                "Theatre on the River",
                "Beer Garden",
            ],
            75,
            (900, 4_800, 50),
        )
    },
    habit(
        "Doctor and dentist",
        &["Dr. Amari", "Eye Clinic"],
        6,
        (1_000, 6_500, 5),
    ),
    habit(
        "Gifts and donations",
        &["Flower Shop", "Museum Shop", "Bookshop at the Bridge"],
        18,
        (1_200, 5_500, 10),
    ),
    habit(
        "Family and pets",
        &["Pet Supplies", "Vet Clinic"],
        40,
        (890, 6_200, 5),
    ),
];

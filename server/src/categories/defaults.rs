//! The categories that a personal ledger begins with.

use super::{Category, store};
use crate::db::{About, Tx};
use crate::error::Result;
use crate::history::{Action, Entity};
use crate::ids::{CategoryId, LedgerId, MemberId};

/// A name in English and in German, and an icon.
type Entry = (&'static str, &'static str, &'static str);

/// A root, its colour, and what stands below it.
struct Root {
    entry: Entry,
    color: &'static str,
    children: &'static [Entry],
}

const ROOTS: &[Root] = &[
    Root {
        entry: ("Housing", "Wohnen", "house"),
        color: "#4d7cc3",
        children: &[
            ("Rent", "Miete", "key-round"),
            ("Utilities", "Nebenkosten", "zap"),
            ("Internet and phone", "Internet und Telefon", "wifi"),
            ("Furnishing", "Einrichtung", "sofa"),
        ],
    },
    Root {
        entry: ("Food", "Essen", "utensils"),
        color: "#4f9a5b",
        children: &[
            ("Groceries", "Lebensmittel", "shopping-cart"),
            ("Eating out", "Auswärts essen", "pizza"),
            ("Coffee and snacks", "Kaffee und Snacks", "coffee"),
        ],
    },
    Root {
        entry: ("Transport", "Verkehr", "car"),
        color: "#c9822f",
        children: &[
            ("Fuel", "Tanken", "fuel"),
            ("Public transport", "Bus und Bahn", "train-front"),
            ("Car", "Auto", "wrench"),
            ("Bicycle", "Fahrrad", "bike"),
        ],
    },
    Root {
        entry: ("Health", "Gesundheit", "heart-pulse"),
        color: "#cf5660",
        children: &[
            ("Doctor and dentist", "Arzt und Zahnarzt", "stethoscope"),
            ("Pharmacy", "Apotheke", "pill"),
            ("Sport", "Sport", "dumbbell"),
        ],
    },
    Root {
        entry: ("Shopping", "Einkäufe", "shopping-bag"),
        color: "#a45fb5",
        children: &[
            ("Clothes", "Kleidung", "shirt"),
            ("Electronics", "Elektronik", "laptop"),
            ("Household", "Haushalt", "spray-can"),
        ],
    },
    Root {
        entry: ("Leisure", "Freizeit", "ticket"),
        color: "#d0679d",
        children: &[
            ("Subscriptions", "Abonnements", "repeat"),
            ("Books and games", "Bücher und Spiele", "book-open"),
            ("Going out", "Ausgehen", "party-popper"),
        ],
    },
    Root {
        entry: ("Travel", "Reisen", "plane"),
        color: "#2f98a8",
        children: &[
            ("Lodging", "Unterkunft", "bed"),
            ("Journey", "Fahrt und Flug", "luggage"),
        ],
    },
    Root {
        entry: ("Insurance", "Versicherungen", "shield-check"),
        color: "#6c7a89",
        children: &[],
    },
    Root {
        entry: ("Education", "Bildung", "graduation-cap"),
        color: "#7a6fd0",
        children: &[],
    },
    Root {
        entry: ("Family and pets", "Familie und Tiere", "paw-print"),
        color: "#b3913a",
        children: &[],
    },
    Root {
        entry: ("Gifts and donations", "Geschenke und Spenden", "gift"),
        color: "#c2607a",
        children: &[],
    },
    Root {
        entry: ("Taxes and fees", "Steuern und Gebühren", "landmark"),
        color: "#8a7262",
        children: &[],
    },
    Root {
        entry: ("Income", "Einkommen", "banknote"),
        color: "#2e9e7b",
        children: &[
            ("Salary", "Gehalt", "briefcase"),
            ("Other income", "Sonstige Einnahmen", "piggy-bank"),
        ],
    },
];

/// Gives a new ledger its categories, named in the language `locale` (`de`; English for any other), each in the history.
pub async fn insert_defaults(
    tx: &mut Tx,
    ledger_id: LedgerId,
    actor: MemberId,
    locale: &str,
) -> Result<()> {
    let categories = defaults(locale);
    store::insert_all(tx, ledger_id, &categories).await?;
    for category in &categories {
        let about = About {
            ledger_id,
            actor: Some(actor),
            entity: Entity::Category,
            entity_id: category.id.0,
            action: Action::Create,
        };
        tx.record(about, None, Some(category))?;
    }
    Ok(())
}

/// Parents before their children.
fn defaults(locale: &str) -> Vec<Category> {
    let new = |parent_id, (english, german, icon): Entry, color: &str| Category {
        id: CategoryId::new(),
        parent_id,
        name: if locale == "de" { german } else { english }.to_owned(),
        icon: Some(icon.to_owned()),
        color: Some(color.to_owned()),
        default_split: None,
        archived_at: None,
        version: 1,
    };
    let mut categories = Vec::new();
    for root in ROOTS {
        let parent = new(None, root.entry, root.color);
        let parent_id = Some(parent.id);
        categories.push(parent);
        categories.extend(
            root.children
                .iter()
                .map(|entry| new(parent_id, *entry, root.color)),
        );
    }
    categories
}

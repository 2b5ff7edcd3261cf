//! What somebody has spent over all their ledgers: their share, in their currency, by their categories.

use std::collections::BTreeMap;

use money::amount::{Rate, convert};
use money::currency::Currency;
use sqlx::PgPool;

use super::gather::add;
use super::model::{GroupKey, LeftOut, MyQuery};
use super::period::Period;
use super::spending::{Sums, out_of_range};
use super::store::{self, Group, Selection};
use crate::auth::Caller;
use crate::categories::{self, Category};
use crate::error::{Code, Result};
use crate::expenses::ExchangeRate;
use crate::fields::{CurrencyCode, Minor, Text};
use crate::ids::{CategoryId, LedgerId};
use crate::ledgers::{self, Ledger};
use crate::mappings::{self, Mapping};

/// The ledgers that can be summed, and those that cannot.
pub struct Mine {
    pub currency: CurrencyCode,
    pub left_out: Vec<LeftOut>,
    ledgers: Vec<Counted>,
}

/// A ledger, and how it counts.
struct Counted {
    ledger: Ledger,
    currency: Currency,
    rate: Option<Rate>,
    /// What its categories are among one's own: the category there, if there is one, and its name.
    categories: BTreeMap<CategoryId, (Option<CategoryId>, String)>,
}

/// The sums, and what was laid out for others along with them.
pub struct MySums {
    pub sums: Sums,
    /// What was paid beyond one's share of the same expenses; below zero where others have laid out more.
    pub laid_out: i128,
}

impl Mine {
    /// All ledgers of the caller.
    pub async fn of(db: &PgPool, caller: Caller, query: &MyQuery) -> Result<Self> {
        let all = ledgers::store::list(db, caller.user_id).await?;
        let own = all
            .iter()
            .find(|ledger| ledger.personal)
            .ok_or_else(|| Code::Unauthenticated.error())?;
        let currency = ledgers::store::currency(&own.currency)?;
        let own_categories = if query.group_by.has(GroupKey::Category) {
            Some(OwnCategories::of(db, own.id).await?)
        } else {
            None
        };
        let (mut ledgers, mut left_out) = (Vec::new(), Vec::new());
        for ledger in all {
            let mapping = mappings::store::get(db, ledger.id, ledger.member_id).await?;
            let of_ledger = ledgers::store::currency(&ledger.currency)?;
            let rate = mapping.rate.map(|ExchangeRate(rate)| rate);
            if of_ledger != currency && rate.is_none() {
                left_out.push(LeftOut {
                    ledger_id: ledger.id,
                    currency: ledger.currency,
                });
                continue;
            }
            let categories = match &own_categories {
                Some(own) => own.counterparts(db, &ledger, &mapping).await?,
                None => BTreeMap::new(),
            };
            ledgers.push(Counted {
                ledger,
                currency: of_ledger,
                rate,
                categories,
            });
        }
        Ok(Self {
            currency: CurrencyCode(currency),
            left_out,
            ledgers,
        })
    }

    /// The caller's share of all of them over a range of dates.
    pub async fn sums(&self, db: &PgPool, query: &MyQuery, period: Period) -> Result<MySums> {
        let mut sums = Sums::default();
        let mut laid_out = 0;
        for counted in &self.ledgers {
            let selection = counted.selection(query, period);
            let to_own = |amount: i64| match &counted.rate {
                Some(rate) if counted.currency != self.currency.0 => {
                    convert(amount, counted.currency, self.currency.0, rate)
                        .map_err(|_| out_of_range())
                }
                _ => Ok(amount),
            };
            let category = |group: &Group| {
                let known = group.category_id.and_then(|id| counted.categories.get(&id));
                known
                    .cloned()
                    .map_or((None, None), |(id, name)| (id, Some(name)))
            };
            add(
                db,
                &mut sums,
                &selection,
                period,
                &query.group_by,
                category,
                to_own,
            )
            .await?;
            if !counted.ledger.personal {
                laid_out += i128::from(to_own(store::laid_out(db, &selection).await?)?);
            }
        }
        Ok(MySums { sums, laid_out })
    }
}

/// The categories of somebody's personal ledger.
struct OwnCategories {
    names: BTreeMap<CategoryId, String>,
    /// Those that are not archived, by name in lower case.
    by_name: BTreeMap<String, CategoryId>,
}

impl OwnCategories {
    async fn of(db: &PgPool, personal: LedgerId) -> Result<Self> {
        let categories = categories::store::list(db, personal).await?;
        Ok(Self {
            by_name: categories
                .iter()
                .filter(|category| category.archived_at.is_none())
                .map(|category| (category.name.to_lowercase(), category.id))
                .collect(),
            names: categories
                .into_iter()
                .map(|category| (category.id, category.name))
                .collect(),
        })
    }

    /// What the categories of a ledger are among these: as they are mapped, or by name.
    async fn counterparts(
        &self,
        db: &PgPool,
        ledger: &Ledger,
        mapping: &Mapping,
    ) -> Result<BTreeMap<CategoryId, (Option<CategoryId>, String)>> {
        let mapped: BTreeMap<_, _> = mapping
            .categories
            .iter()
            .map(|one| (one.category_id, one.own_category_id))
            .collect();
        let counterpart = |category: Category| {
            let own = if ledger.personal {
                Some(category.id)
            } else {
                let namesake = || self.by_name.get(&category.name.to_lowercase());
                mapped.get(&category.id).or_else(namesake).copied()
            };
            let name = own.and_then(|id| self.names.get(&id)).cloned();
            (category.id, (own, name.unwrap_or(category.name)))
        };
        let theirs = categories::store::list(db, ledger.id).await?;
        Ok(theirs.into_iter().map(counterpart).collect())
    }
}

impl Counted {
    fn selection(&self, query: &MyQuery, period: Period) -> Selection {
        Selection {
            ledger_id: self.ledger.id,
            of: Some(self.ledger.member_id),
            period,
            kind: query.kind,
            categories: None,
            is_uncategorised: false,
            tag: query.tag.clone().map(Text::into_string),
            member_id: None,
            min: query.min.map(|Minor(amount)| amount),
            max: query.max.map(|Minor(amount)| amount),
            q: query.q.clone().map(Text::into_string),
        }
    }
}

//! The tables `mappings` and `category_mappings`.

use sqlx::{PgConnection, PgExecutor};

use super::Mapping;
use super::model::{CategoryMapping, MappingUpdate};
use crate::error::{Code, OnConstraint, Result};
use crate::expenses::ExchangeRate;
use crate::ids::{CategoryId, LedgerId, MemberId};

/// The mapping of a member; an empty one in its first version where nothing has been said yet.
pub async fn get(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    member_id: MemberId,
) -> Result<Mapping> {
    let rows = sqlx::query!(
        r#"
        select m.rate::text as rate, m.version, c.category_id as "category_id?: CategoryId",
               c.own_category_id as "own_category_id?: CategoryId"
          from mappings m
          left join category_mappings c on c.ledger_id = m.ledger_id and c.member_id = m.member_id
         where m.ledger_id = $1 and m.member_id = $2
         order by c.category_id
        "#,
        ledger_id.0,
        member_id.0,
    )
    .fetch_all(db)
    .await?;
    let mut mapping = Mapping {
        version: 1,
        ..Mapping::default()
    };
    for row in rows {
        mapping.version = row.version;
        mapping.rate = row
            .rate
            .map(|rate| rate.parse().map(ExchangeRate))
            .transpose()
            .map_err(anyhow::Error::from)?;
        if let (Some(category_id), Some(own_category_id)) = (row.category_id, row.own_category_id) {
            mapping.categories.push(CategoryMapping {
                category_id,
                own_category_id,
            });
        }
    }
    Ok(mapping)
}

/// Writes a mapping over the one of the version before.
///
/// # Errors
/// `category_unknown` and `invalid_value` at `categories`.
pub async fn replace(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    member_id: MemberId,
    own_ledger_id: LedgerId,
    update: &MappingUpdate,
) -> Result<()> {
    sqlx::query!(
        "insert into mappings (ledger_id, member_id, rate, version) values ($1, $2, $3::text::numeric, 2)
             on conflict (ledger_id, member_id) do update set rate = excluded.rate, version = mappings.version + 1",
        ledger_id.0,
        member_id.0,
        update.rate.map(|rate| rate.0.to_string()),
    )
    .execute(&mut *connection)
    .await
    // The ledger has gone at the same moment.
    .on_constraint("mappings_member_id_fkey", || Code::NotFound.error())?;
    sqlx::query!(
        "delete from category_mappings where ledger_id = $1 and member_id = $2",
        ledger_id.0,
        member_id.0,
    )
    .execute(&mut *connection)
    .await?;
    let (theirs, own): (Vec<_>, Vec<_>) = update
        .categories
        .iter()
        .map(|one| (one.category_id.0, one.own_category_id.0))
        .unzip();
    let unknown =
        |whose: &'static str| move || Code::CategoryUnknown.at("categories").detail(whose);
    sqlx::query!(
        "insert into category_mappings (ledger_id, member_id, category_id, own_ledger_id, own_category_id)
         select $1, $2, category_id, $3, own_category_id
           from unnest($4::uuid[], $5::uuid[]) as c (category_id, own_category_id)",
        ledger_id.0,
        member_id.0,
        own_ledger_id.0,
        &theirs,
        &own,
    )
    .execute(connection)
    .await
    .on_constraint("category_mappings_pkey", || {
        Code::InvalidValue
            .at("categories")
            .detail("a category stands there twice")
    })
    .on_constraint("category_mappings_category_id_fkey", unknown("category_id"))
    .on_constraint(
        "category_mappings_own_category_id_fkey",
        unknown("own_category_id"),
    )?;
    Ok(())
}

/// Lets what a member has mapped to one category of their own be mapped to another one of them.
pub async fn move_own(
    connection: &mut PgConnection,
    (ledger_id, member_id): (LedgerId, MemberId),
    from: CategoryId,
    into: CategoryId,
) -> Result<()> {
    sqlx::query!(
        "with moved as (
             update category_mappings set own_category_id = $4
              where ledger_id = $1 and member_id = $2 and own_category_id = $3
             returning category_id
         )
         update mappings set version = version + 1
          where ledger_id = $1 and member_id = $2 and exists (select from moved)",
        ledger_id.0,
        member_id.0,
        from.0,
        into.0,
    )
    .execute(connection)
    .await?;
    Ok(())
}

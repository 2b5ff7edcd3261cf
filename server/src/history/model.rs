//! What the history looks like from outside.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Action, Entity};
use crate::ids::MemberId;
use crate::page::Limit;

/// One entry of a ledger's history.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Change {
    /// 1, 2, 3 … without gaps within the ledger.
    pub seq: i64,
    pub at: DateTime<Utc>,
    /// The member who did it; null where nobody did.
    #[schema(required)]
    pub actor: Option<MemberId>,
    pub entity: Entity,
    pub entity_id: Uuid,
    pub action: Action,
    /// The entity as it was; null where there was none.
    #[schema(required, value_type = Option<Object>)]
    pub before: Option<Value>,
    /// The entity as it was then; null where it was gone.
    #[schema(required, value_type = Option<Object>)]
    pub after: Option<Value>,
    /// The change that this one took back; null where it is of another kind.
    #[schema(required)]
    pub reverts: Option<i64>,
}

/// Which part of the history.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// What came after this change, oldest first; from the beginning if left out.
    #[param(minimum = 0)]
    pub since: Option<i64>,
    /// What came before this change, newest first. Not together with `since`.
    #[param(minimum = 0)]
    pub before: Option<i64>,
    /// Only what this member did.
    #[param(value_type = Option<MemberId>)]
    pub actor: Option<MemberId>,
    /// Only what happened to these.
    #[param(inline, value_type = Option<Entity>)]
    pub entity: Option<Entity>,
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 200)]
    pub limit: Limit,
}

/// A part of a ledger's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changes {
    pub items: Vec<Change>,
    /// The number of the ledger's latest change. As long as the last item's is below it, there is more to ask for.
    pub seq: i64,
}

//! What is limited in signing in, and to how much. Why so: docs/adr/0006-limits.md.

use chrono::{DateTime, Utc};

use super::client::Client;
use super::session;
use crate::app::App;
use crate::error::Result;
use crate::limits::{Limit, Rule, Then, network};

const MINUTE: u32 = 60;

/// Wrong passwords for one address from one client: ten, then one after a minute, after two, after four …
const SIGN_IN: Rule = Rule {
    name: "sign-in",
    limit: 10,
    window: 15 * MINUTE,
    then: Then::WaitLonger(MINUTE),
};
/// Wrong passwords for one address from anywhere.
const ADDRESS: Rule = Rule {
    name: "address",
    limit: 100,
    window: 15 * MINUTE,
    then: Then::Wait,
};
/// Wrong passwords from one client for any address.
const CLIENT: Rule = Rule {
    name: "client",
    limit: 100,
    window: 15 * MINUTE,
    then: Then::Wait,
};
/// Refresh tokens from one client that are none, or no longer.
const REFRESH: Rule = Rule {
    name: "refresh",
    limit: 100,
    window: 15 * MINUTE,
    then: Then::Wait,
};
/// Wrong present passwords of somebody who is signed in.
pub const CONFIRMATION: Rule = Rule {
    name: "confirmation",
    limit: 10,
    window: 15 * MINUTE,
    then: Then::WaitLonger(MINUTE),
};

/// Counts an attempt to sign in, and gives what a success gives back.
///
/// Somebody who guesses from many places reaches the limit of the address, which would lock its owner out: a client from
/// which the owner has signed in before is not counted there.
pub async fn take_sign_in(app: &App, client: &Client, email: &str) -> Result<Vec<Limit>> {
    let now = app.clock.now();
    let from = client.ip.map(network).unwrap_or_default();
    let mut limits = vec![SIGN_IN.of(&format!("{email}\n{from}"))];
    limits.extend(client.ip.map(|ip| CLIENT.of_ip(ip)));
    app.limits.take(&limits, now).await?;
    let address = ADDRESS.of(email);
    match app.limits.take(&[address], now).await {
        Ok(()) => limits.push(address),
        Err(refused) if !session::is_known(&app.db, email, client, now).await? => {
            return Err(refused);
        }
        Err(_) => {}
    }
    Ok(limits)
}

/// Counts an account that is about to be made.
pub async fn take_registration(app: &App, client: &Client) -> Result<()> {
    let rule = Rule {
        name: "registration",
        limit: app.config.registrations_per_hour,
        window: 60 * MINUTE,
        then: Then::Wait,
    };
    let limit: Vec<Limit> = client.ip.map(|ip| rule.of_ip(ip)).into_iter().collect();
    app.limits.take(&limit, app.clock.now()).await
}

/// Counts a refresh token that is about to be tried, and gives what a success gives back.
pub async fn take_refresh(app: &App, client: &Client, now: DateTime<Utc>) -> Result<Vec<Limit>> {
    let limit: Vec<Limit> = client.ip.map(|ip| REFRESH.of_ip(ip)).into_iter().collect();
    app.limits.take(&limit, now).await?;
    Ok(limit)
}

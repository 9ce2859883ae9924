//! Hosts whose name is that of a customer: with it, an attacker knows where to try what else leaked.

use std::ops::Range;

use super::bytes::{Set, at, cut, run_start};
use super::finding::Finding;

/// Domains under which services give each customer a host, from their documentation.
pub(super) const HOSTS: [&str; 27] = [
    ".jfrog.io",
    ".okta.com",
    ".oktapreview.com",
    ".auth0.com",
    ".atlassian.net",
    ".freshdesk.com",
    ".zendesk.com",
    ".myshopify.com",
    ".azconfig.io",
    ".cognitiveservices.azure.com",
    ".openai.azure.com",
    ".vault.azure.net",
    ".service-now.com",
    ".my.salesforce.com",
    ".looker.com",
    ".cloud.databricks.com",
    ".azuredatabricks.net",
    ".supabase.co",
    ".turso.io",
    ".snowflakecomputing.com",
    ".search.windows.net",
    ".documents.azure.com",
    ".servicebus.windows.net",
    ".azurecr.io",
    ".firebaseapp.com",
    ".firebaseio.com",
    ".onelogin.com",
];

/// Hosts of the services themselves.
const OWN: [&[u8]; 13] = [
    b"www",
    b"docs",
    b"api",
    b"support",
    b"help",
    b"status",
    b"developer",
    b"community",
    b"id",
    b"login",
    b"cloud",
    b"releases",
    b"developers",
];

/// The customer in the host whose domain is at `hit`.
pub(super) fn find(bytes: &[u8], hit: &Range<usize>) -> Option<Finding> {
    let start = run_start(bytes, hit.start, Set::DOTTED, 128);
    let tenant = cut(bytes, start..hit.start);
    let is_end = !Set::TOKEN.has(at(bytes, hit.end));
    let is_own = OWN.iter().any(|own| tenant.eq_ignore_ascii_case(own));
    (is_end && !tenant.is_empty() && !is_own).then(|| Finding::new(start..hit.start, "tenant"))
}

//! What a request is answered, and what the log says of it.

use std::panic::Location;

use hyper::{Method, StatusCode, Uri};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::log::{Level, Line};
use crate::shop::{CheckoutError, Fault, Shop, VOUCHER_SETTING};

const HEALTH: &str = "/health";
const CHECKOUT: &str = "/api/checkout";

/// Whether faults can be switched from outside.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Switch {
    /// By whoever can send a request.
    Open,
    /// By nobody; there is no such path.
    Closed,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its body; null for none.
    pub body: Value,
    /// What went wrong in here, if anything did.
    pub error: Option<Line>,
}

/// Answers a request. Of the request only method and target count; what its body holds is nobody's business.
pub fn answer(
    method: &Method,
    target: &Uri,
    shop: &mut Shop,
    switch: Switch,
    now: Timestamp,
) -> Answer {
    let path = target.path();
    match (method.as_str(), path) {
        ("GET", HEALTH) => plain(StatusCode::OK, json!({"status": "ok"})),
        ("GET", CHECKOUT) => {
            shop.visited();
            checkout(target.query(), shop, now)
        }
        (_, HEALTH | CHECKOUT) => refusal(StatusCode::METHOD_NOT_ALLOWED),
        (method, _) => match path.strip_prefix("/fault/").and_then(Fault::named) {
            Some(fault) if switch == Switch::Open => turn(fault, method, shop),
            _ => refusal(StatusCode::NOT_FOUND),
        },
    }
}

fn turn(fault: Fault, method: &str, shop: &mut Shop) -> Answer {
    match method {
        "POST" => shop.switch_on(fault),
        "DELETE" => shop.switch_off(fault),
        _ => return refusal(StatusCode::METHOD_NOT_ALLOWED),
    }
    plain(StatusCode::NO_CONTENT, Value::Null)
}

fn checkout(query: Option<&str>, shop: &Shop, now: Timestamp) -> Answer {
    let Some(user) = user(query) else {
        return refusal(StatusCode::BAD_REQUEST);
    };
    let failed = |message: String, at: &Location<'_>| Answer {
        error: Some(Line {
            level: Level::Error,
            message,
            timestamp: now,
            stack: Some(format!("Error at {CHECKOUT}, user {user}\n    at {at}")),
        }),
        ..refusal(StatusCode::INTERNAL_SERVER_ERROR)
    };
    match shop.checkout(user) {
        Ok(total) => plain(StatusCode::OK, json!({"user": user, "total": total})),
        Err(CheckoutError::UnknownUser) => refusal(StatusCode::NOT_FOUND),
        Err(CheckoutError::NullCart(at)) => {
            failed("Cannot read property total of null".to_owned(), at)
        }
        Err(CheckoutError::NoVoucherSetting(at)) => {
            failed(format!("missing setting {VOUCHER_SETTING}"), at)
        }
    }
}

/// The user in a query such as `user=7`.
fn user(query: Option<&str>) -> Option<u32> {
    let pairs = query.unwrap_or_default().split('&');
    let mut users = pairs.filter_map(|pair| pair.strip_prefix("user="));
    users.next()?.parse().ok()
}

/// Says no more than the status does: what went wrong in here is for the log.
fn refusal(status: StatusCode) -> Answer {
    plain(status, json!({"error": status.canonical_reason()}))
}

fn plain(status: StatusCode, body: Value) -> Answer {
    let error = None;
    Answer {
        status,
        body,
        error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shop::Release;

    fn ask(request: &str, shop: &mut Shop) -> Answer {
        let (method, target) = request.split_once(' ').unwrap();
        let now = "2026-02-18T21:45:00.300Z".parse().unwrap();
        answer(
            &method.parse().unwrap(),
            &target.parse().unwrap(),
            shop,
            Switch::Open,
            now,
        )
    }

    #[test]
    fn each_request_has_its_answer() {
        let check = |request: &str, status: u16, body: Value| {
            let answer = ask(request, &mut Shop::with_fault(None));
            let expected = plain(StatusCode::from_u16(status).unwrap(), body);
            assert_eq!(answer, expected, "{request}");
        };
        check("GET /health", 200, json!({"status": "ok"}));
        check(
            "GET /api/checkout?user=7",
            200,
            json!({"user": 7, "total": "10.65"}),
        );
        check(
            "GET /api/checkout?page=1&user=8",
            200,
            json!({"user": 8, "total": "10.75"}),
        );
        check("POST /fault/null-cart", 204, Value::Null);
        check("DELETE /fault/null-cart", 204, Value::Null);
        check("POST /fault/busy-loop", 204, Value::Null);
        for request in ["GET /api/checkout", "GET /api/checkout?user=-1"] {
            check(request, 400, json!({"error": "Bad Request"}));
        }
        for request in [
            "GET /",
            "GET /api/checkout?user=101",
            "POST /fault/other",
            "POST /fault/",
        ] {
            check(request, 404, json!({"error": "Not Found"}));
        }
        for request in [
            "GET /fault/null-cart",
            "POST /health",
            "PUT /api/checkout?user=7",
        ] {
            check(request, 405, json!({"error": "Method Not Allowed"}));
        }
    }

    #[test]
    fn a_release_without_its_setting_says_so_in_the_log_and_nowhere_else() {
        let mut shop = Shop::with_fault(None).released_as(Release::Second(None));
        let failed = ask("GET /api/checkout?user=8", &mut shop);
        assert_eq!(
            (failed.status, failed.body),
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                json!({"error": "Internal Server Error"})
            )
        );
        let message = failed.error.map(|line| line.message);
        assert_eq!(message.as_deref(), Some("missing setting VOUCHER_PERCENT"));
        assert_eq!(ask("GET /health", &mut shop).status, StatusCode::OK);
    }

    #[test]
    fn visits_are_kept_while_the_leak_is_open_and_health_checks_are_none() {
        let mut shop = Shop::with_fault(None);
        ask("POST /fault/memory-leak", &mut shop);
        let open = shop.clone();
        ask("GET /health", &mut shop);
        assert_eq!(shop, open);
        ask("GET /api/checkout?user=7", &mut shop);
        assert_ne!(shop, open);
        ask("DELETE /fault/memory-leak", &mut shop);
        assert_eq!(shop, Shop::with_fault(None));
    }

    #[test]
    fn where_the_switch_is_closed_nobody_breaks_anything() {
        let (mut shop, now) = (Shop::with_fault(None), Timestamp::UNIX_EPOCH);
        let target = "/fault/null-cart".parse().unwrap();
        let refused = answer(&Method::POST, &target, &mut shop, Switch::Closed, now);
        assert_eq!(
            (refused.status, shop),
            (StatusCode::NOT_FOUND, Shop::with_fault(None))
        );
    }

    #[test]
    fn a_lost_cart_is_a_server_error_that_only_the_log_explains() {
        let mut shop = Shop::with_fault(None);
        ask("POST /fault/null-cart", &mut shop);
        let failed = ask("GET /api/checkout?user=8", &mut shop);
        let Err(CheckoutError::NullCart(at)) = shop.checkout(8) else {
            panic!("the cart is there");
        };
        let line = Line {
            level: Level::Error,
            message: "Cannot read property total of null".to_owned(),
            timestamp: "2026-02-18T21:45:00.300Z".parse().unwrap(),
            stack: Some(format!("Error at /api/checkout, user 8\n    at {at}")),
        };
        assert_eq!(
            failed,
            Answer {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                body: json!({"error": "Internal Server Error"}),
                error: Some(line),
            }
        );
        assert_eq!(
            ask("GET /api/checkout?user=7", &mut shop).status,
            StatusCode::OK
        );
        ask("DELETE /fault/null-cart", &mut shop);
        assert_eq!(
            ask("GET /api/checkout?user=8", &mut shop).status,
            StatusCode::OK
        );
    }
}

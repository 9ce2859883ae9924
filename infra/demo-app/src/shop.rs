//! The shop as one process holds it in memory, and its bugs: a checkout that trusts a cart to be there, and a second release that
//! needs a setting and looks for it only when a customer comes.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;

use serde::Serialize;

use crate::leak::Leak;

/// Users have the numbers 1 to this one; any hundred in a row are half with a cart that the fault loses, half without.
pub const USERS: u32 = 100;

/// Something that can be switched on to break this process, and no other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// Half of the users lose their carts.
    NullCart,
    /// A loop that never ends keeps a processor busy.
    BusyLoop,
    /// Each visit leaves something behind in memory.
    MemoryLeak,
}

impl Fault {
    /// The fault of a name, as the environment and the path of the switch have it.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "null-cart" => Some(Self::NullCart),
            "busy-loop" => Some(Self::BusyLoop),
            "memory-leak" => Some(Self::MemoryLeak),
            _ => None,
        }
    }
}

/// What the program does, as its version says. On AWS another version is another image; in the local cloud one program stands for
/// all of them, and the environment says which it is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Release {
    /// Everybody pays what is in the cart.
    #[default]
    First,
    /// Users with even numbers have a voucher over so many percent, if somebody thought of the setting.
    Second(Option<Percent>),
}

/// A share, from 0 to 100.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Percent(u32);

impl Percent {
    /// A share in whole percent.
    pub fn new(percent: u32) -> Option<Self> {
        (percent <= 100).then_some(Self(percent))
    }
}

/// The setting that the second release needs.
pub const VOUCHER_SETTING: &str = "VOUCHER_PERCENT";

/// The users and their carts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shop {
    users: BTreeMap<u32, User>,
    release: Release,
    is_busy: bool,
    leak: Leak,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct User {
    cart: Option<Cart>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Cart {
    total: Cents,
}

/// An amount of money.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(into = "String")]
pub struct Cents(u32);

/// Why a checkout failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CheckoutError {
    /// There is no such user.
    UnknownUser,
    /// The bug: the user's cart was read and is not there.
    NullCart(&'static Location<'static>),
    /// The other bug: the release needs a setting that this process was not given.
    NoVoucherSetting(&'static Location<'static>),
}

impl Shop {
    /// The shop as it is after a start: everybody has a cart, nothing is busy and nothing leaks, unless a fault is on from the beginning.
    pub fn with_fault(fault: Option<Fault>) -> Self {
        let mut shop = Self {
            users: (1..=USERS).map(|user| (user, User::new(user))).collect(),
            release: Release::First,
            is_busy: false,
            leak: Leak::default(),
        };
        if let Some(fault) = fault {
            shop.switch_on(fault);
        }
        shop
    }

    /// The same shop, run by a release.
    #[must_use]
    pub fn released_as(self, release: Release) -> Self {
        Self { release, ..self }
    }

    /// Loses the carts of the users with even numbers, as a cache does that evicts what it should not; or becomes busy, or leaks.
    pub fn switch_on(&mut self, fault: Fault) {
        match fault {
            Fault::NullCart => {
                for (_, user) in self.users.iter_mut().filter(|(user, _)| *user % 2 == 0) {
                    user.cart = None;
                }
            }
            Fault::BusyLoop => self.is_busy = true,
            Fault::MemoryLeak => self.leak.open(),
        }
    }

    /// Gives everybody a cart again, ends the loop, or lets go of what leaked, as a restart does.
    pub fn switch_off(&mut self, fault: Fault) {
        match fault {
            Fault::NullCart => self.users = Self::with_fault(None).users,
            Fault::BusyLoop => self.is_busy = false,
            Fault::MemoryLeak => self.leak = Leak::default(),
        }
    }

    /// Somebody comes, which is remembered for ever if there is a leak.
    pub fn visited(&mut self) {
        self.leak.keep();
    }

    /// Whether the loop that never ends has begun.
    pub fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// What the user has to pay.
    pub fn checkout(&self, user: u32) -> Result<Cents, CheckoutError> {
        let known = self.users.get(&user).ok_or(CheckoutError::UnknownUser)?;
        // The bug: nobody asks whether there is a cart.
        let total = total_of(known.cart.as_ref())?;
        match self.release {
            Release::Second(percent) if user.is_multiple_of(2) => with_voucher(total, percent),
            _ => Ok(total),
        }
    }
}

/// Fails where a language with null would: at whoever reads the total of a cart that is none.
#[track_caller]
fn total_of(cart: Option<&Cart>) -> Result<Cents, CheckoutError> {
    cart.map(|cart| cart.total)
        .ok_or(CheckoutError::NullCart(Location::caller()))
}

/// Fails where the setting is needed, which a health check never gets to.
#[track_caller]
fn with_voucher(total: Cents, percent: Option<Percent>) -> Result<Cents, CheckoutError> {
    let Percent(percent) = percent.ok_or(CheckoutError::NoVoucherSetting(Location::caller()))?;
    Ok(Cents(total.0 - total.0 * percent / 100))
}

impl User {
    fn new(number: u32) -> Self {
        let total = Cents(995 + 10 * number);
        Self {
            cart: Some(Cart { total }),
        }
    }
}

impl From<Cents> for String {
    fn from(cents: Cents) -> Self {
        cents.to_string()
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(shop: &Shop) -> Vec<u32> {
        let is_lost = |user: &u32| matches!(shop.checkout(*user), Err(CheckoutError::NullCart(_)));
        (1..=USERS).filter(is_lost).collect()
    }

    #[test]
    fn the_fault_loses_every_second_cart_and_its_end_gives_them_back() {
        let mut shop = Shop::with_fault(None);
        assert_eq!(failed(&shop), Vec::<u32>::new());
        shop.switch_on(Fault::NullCart);
        assert_eq!(failed(&shop), (2..=USERS).step_by(2).collect::<Vec<_>>());
        assert_eq!(shop, Shop::with_fault(Some(Fault::NullCart)));
        shop.switch_off(Fault::NullCart);
        assert_eq!(shop, Shop::with_fault(None));
    }

    #[test]
    fn a_busy_shop_sells_as_before_and_neither_fault_ends_the_other() {
        let mut shop = Shop::with_fault(Some(Fault::BusyLoop));
        assert_eq!((shop.is_busy(), failed(&shop)), (true, vec![]));
        shop.switch_on(Fault::NullCart);
        shop.switch_off(Fault::BusyLoop);
        assert_eq!(shop, Shop::with_fault(Some(Fault::NullCart)));
        shop.switch_on(Fault::BusyLoop);
        shop.switch_off(Fault::NullCart);
        assert_eq!(shop, Shop::with_fault(Some(Fault::BusyLoop)));
    }

    #[test]
    fn a_checkout_is_the_total_of_the_users_cart() {
        let shop = Shop::with_fault(None);
        assert_eq!(shop.checkout(7).map(String::from), Ok("10.65".to_owned()));
        for stranger in [0, USERS + 1] {
            assert_eq!(shop.checkout(stranger), Err(CheckoutError::UnknownUser));
        }
    }

    #[test]
    fn the_failure_knows_where_the_cart_was_read() {
        let shop = Shop::with_fault(Some(Fault::NullCart));
        let Err(CheckoutError::NullCart(at)) = shop.checkout(2) else {
            panic!("the cart is there");
        };
        let checkout = include_str!("shop.rs").lines().nth(at.line() as usize - 1);
        assert_eq!(
            (at.file().rsplit('/').next(), checkout.map(str::trim)),
            (
                Some("shop.rs"),
                Some("let total = total_of(known.cart.as_ref())?;")
            )
        );
    }

    #[test]
    fn the_second_release_needs_its_setting_for_every_second_user() {
        let shop = |percent| Shop::with_fault(None).released_as(Release::Second(percent));
        let total = |shop: &Shop, user| shop.checkout(user).map(String::from);
        let set = shop(Percent::new(10));
        assert_eq!(total(&set, 7), Ok("10.65".to_owned()));
        assert_eq!(total(&set, 8), Ok("9.68".to_owned()));
        let unset = shop(None);
        assert_eq!(total(&unset, 7), Ok("10.65".to_owned()));
        let failed = unset.checkout(8);
        assert!(
            matches!(failed, Err(CheckoutError::NoVoucherSetting(_))),
            "{failed:?}"
        );
        assert_eq!(Percent::new(101), None);
    }
}

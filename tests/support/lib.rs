//! What the tests of this package share: a simulated AWS with faults, and the invocations that Lambda would make.
#![expect(
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a test helper stops the test"
)]

pub mod adversarial;
pub mod browser;
pub mod cut;
pub mod deliveries;
pub mod exports;
pub mod fake_llm;
pub mod fault_proxy;
pub mod fleet;
pub mod keys;
pub mod processes;
pub mod reports;
pub mod simulated;
pub mod stack;
pub mod years;

pub use fake_github;
pub use medic::sshd;

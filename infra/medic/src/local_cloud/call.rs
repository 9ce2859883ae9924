use serde::Deserialize;

/// What a function asked of AWS, and whether its role grants it; conditions of policies are not looked at.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct GrantedCall {
    /// The function's name.
    pub function: String,
    /// Such as `s3:GetObject`.
    pub action: String,
    /// The ARN, or `*`.
    pub resource: String,
    /// Whether the role grants it.
    pub granted: bool,
}

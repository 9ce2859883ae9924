use shared::aws::LazyClient;
use shared::deadline::Deadline;
use shared::failure::CallError;

use crate::action::{Order, Work};
use crate::target::Target;
use crate::targets::{Also, Run, TargetState, Targets};

#[derive(Clone, Debug)]
pub struct AwsTargets<'a> {
    pub ecs: &'a LazyClient<aws_sdk_ecs::Client>,
    pub deadline: Deadline,
}

impl Targets for AwsTargets<'_> {
    async fn look(&self, _: &Target, _: Also) -> Result<Option<TargetState>, CallError> {
        unimplemented!()
    }
    async fn carry_out(&self, _: &Target, _: &Order) -> Result<Work, CallError> {
        unimplemented!()
    }
    async fn run(&self, _: &Target, _: &Order, _: Option<&Work>) -> Result<Option<Run>, CallError> {
        unimplemented!()
    }
}

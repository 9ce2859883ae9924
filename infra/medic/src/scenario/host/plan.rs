use std::collections::BTreeMap;
use std::net::TcpListener;

use anyhow::Context as _;

use super::{CONTAINER, INSTANCE, NEIGHBOUR};
use crate::local_cloud::{ContainerPlan, HostPlan};
use crate::project::Project;

/// The host: both of its containers are shops, which whoever can reach them may break.
pub fn plan(project: &Project) -> anyhow::Result<HostPlan> {
    let container = || {
        anyhow::Ok(ContainerPlan {
            command: vec![project.shop_binary()],
            environment: BTreeMap::from([
                // Its containers are processes of this machine, which the network must not reach.
                ("LISTEN_ADDRESS", "127.0.0.1"),
                ("FAULT_SWITCH", "open"),
            ]),
            port: free_port()?,
        })
    };
    Ok(HostPlan {
        instance: INSTANCE,
        tags: BTreeMap::from([("Name", "shop")]),
        containers: BTreeMap::from([(CONTAINER, container()?), (NEIGHBOUR, container()?)]),
    })
}

/// A restarted container has to listen where it did before, so the port cannot be any free one each time.
fn free_port() -> anyhow::Result<u16> {
    let free = TcpListener::bind(("127.0.0.1", 0)).context("couldn't find a free port")?;
    Ok(free.local_addr()?.port())
}

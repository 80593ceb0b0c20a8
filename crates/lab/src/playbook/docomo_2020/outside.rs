//! The same thief before Kanuki as it ships: the list, a throwaway wallet each, and every door that
//! an outsider can find. When one is shut he comes back from elsewhere and tries the next.

use std::rc::Rc;

use super::Target;
use crate::{playbook::thief::Thief, world::World};

/// One account of the list.
pub(super) async fn attack(world: Rc<World>, target: Target) {
    let who = format!("thief {:02}", target.number);
    let mut thief = Thief::new(&world, &who, target.address);
    thief.knock(&target.person, target.number).await;
    if let Some(again_at) = target.again_at {
        world.bed.until(again_at).await;
        let again = thief.try_link(&target.person).await;
        thief.tried("link without proving who one is", &again);
    }
}

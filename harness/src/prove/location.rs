//! From an object's name, as claims bear it, to the line of the migrations that made or last changed it.

use crate::claim::Location;
use crate::database::Template;

/// The line that made or last changed the object.
pub(super) fn of(template: &Template, object: &str) -> Option<Location> {
    let applied = template.applied();
    let address =
        applied
            .catalog
            .addresses()
            .into_iter()
            .find(|address| match object.strip_prefix("role ") {
                Some(role) => address.class == "pg_authid" && address.object == role,
                None => address.object == object,
            })?;
    applied
        .origins
        .find(&address.class, address.oid)
        .map(|origin| origin.changed.clone())
}

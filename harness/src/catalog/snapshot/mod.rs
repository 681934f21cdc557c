//! The snapshot's text: one file a relation, and one a kind of everything else, made to be read in a diff.

mod kinds;
mod relation;
mod stem;
mod text;

use std::collections::BTreeMap;

use self::text::Text;
use super::Catalog;

/// The files that hold what servers of different majors print differently.
///
/// Of 442 expressions and queries tried on 14 to 18, as policies, checks, defaults, indexes, rules, function bodies and
/// views, only views differ: 16 leaves out the table's name where a query reads one table. Rules are queries printed by
/// the same code, so they are kept apart too.
#[must_use]
pub fn varies_by_version(stem: &str) -> bool {
    matches!(stem, "views" | "rules")
}

impl Catalog {
    /// File stem → text; what there is none of has no file.
    ///
    /// Stems: `table.SCHEMA.NAME`, `view.SCHEMA.NAME`, `materialized_view.…`, `foreign_table.…`, and `database`,
    /// `default_privileges`, `extensions`, `functions`, `others`, `roles`, `rules`, `schemas`, `sequences`, `settings`,
    /// `system_grants`, `types`, `views`. In names, what a file system may not take or not tell apart is
    /// percent-encoded.
    #[must_use]
    pub fn snapshots(&self) -> BTreeMap<String, String> {
        let mut roles = Text::each(&self.roles, kinds::role);
        for membership in &self.memberships {
            roles.line(0, membership.to_string());
        }
        let shared = [
            ("database", Text::each(self.database.as_slice(), kinds::database)),
            (
                "default_privileges",
                Text::each(&self.default_privileges, kinds::default_privileges),
            ),
            ("extensions", Text::each(&self.extensions, kinds::extension)),
            ("functions", Text::each(&self.functions, kinds::function)),
            ("others", Text::each(&self.others, kinds::other)),
            ("roles", roles),
            ("rules", Text::each(&self.relations, relation::rule_definitions)),
            ("schemas", Text::each(&self.schemas, kinds::schema)),
            ("sequences", Text::each(&self.sequences, kinds::sequence)),
            ("settings", Text::each(&self.settings, kinds::setting)),
            (
                "system_grants",
                Text::each(&self.system_objects, kinds::system_object),
            ),
            ("types", Text::each(&self.types, kinds::data_type)),
            ("views", Text::each(&self.relations, relation::view_definition)),
        ];
        let mut files: BTreeMap<String, String> = shared
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(stem, text)| (stem.to_owned(), text.into_string()))
            .collect();
        for (stem, of) in stem::stems(&self.relations) {
            files.insert(stem, relation::text(of).into_string());
        }
        files
    }
}

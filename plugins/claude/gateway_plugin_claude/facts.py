"""What changes with the models: names, prices, cache rules. Worked out from the costs that 2.1.330 reports."""

from gateway import CachePolicy, Catalog, Price

CATALOG = Catalog(
    models={
        "opus": "Hard problems and long tasks",
        "sonnet": "Everyday coding",
        "haiku": "Quick and cheap",
    },
    default="sonnet",
)
PRICED_AS_OF = "2026-11-21"
PRICES = (
    Price(models="claude-fable-5*", input_usd=10, output_usd=50, cache_read_usd=1, cache_write_usd=12.5),
    Price(models="claude-opus-4-8*", input_usd=5, output_usd=25, cache_read_usd=0.5, cache_write_usd=6.25),
    Price(models="claude-sonnet-5*", input_usd=3, output_usd=15, cache_read_usd=0.3, cache_write_usd=3.75),
    Price(models="claude-haiku-4-5*", input_usd=1, output_usd=5, cache_read_usd=0.1, cache_write_usd=1.25),
)
CACHE = CachePolicy(ttl=300, min_tokens={"*opus*": 4096, "*haiku*": 4096, "*sonnet*": 1024, "*": 4096})

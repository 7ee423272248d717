"""``gateway doctor``."""

import click
import msgspec

from gateway.cli import local
from gateway.cli.doctor_report import Report, reported
from gateway.cli.main import Interrupt, run
from gateway.cli.output import clean, money, show_facts, show_json, show_table
from gateway.service.cache_report import CacheReport
from gateway.service.client_reports import ClientReport
from gateway.service.doctor import ProviderReport
from gateway.service.exposure import ExposureReport


@click.command("doctor")
@click.option("--deep", is_flag=True, help="Ask each installed CLI for one word. Costs a few tokens.")
@click.option("--latest", is_flag=True, help="Ask the package registries for newer releases.")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object, as docs/doctor.schema.json describes it."
)
@click.pass_context
def command(ctx: click.Context, *, deep: bool, latest: bool, as_json: bool) -> None:
    """Find out what is wrong, and what to do about it.

    Looks at every CLI, its version, login, flags and settings; at the plugins, the configuration, the database, who
    may read it, and jobs that nobody looks after; at the HTTP server's addresses, the prompt caches, what the list of
    tools costs, and the known clients: how long each waits, and how it is made to wait longer. Nothing is changed.

    The exit code is 1 where something is broken.
    """
    plugins = local.plugins(ctx)

    async def look(_: Interrupt) -> Report:
        return await reported(plugins, deep=deep, latest=latest)

    report = run(look)
    if as_json:
        show_json(**msgspec.to_builtins(report))
    else:
        _show(report)
    ctx.exit(0 if report.ok else 1)


def _show(report: Report) -> None:
    show_table(
        ("provider", "version", "login", "flags", "answer", "command"),
        [_row(name, each) for name, each in report.providers.items()],
    )
    click.echo()
    database, jobs = report.database, report.jobs
    show_facts(
        [
            ("gateway", f"{report.gateway.version} on Python {report.system.python}, {report.system.os}"),
            (
                "configuration",
                f"{report.gateway.config_path}{'' if report.gateway.config_exists else ' (none)'}",
            ),
            ("database", f"{database.path} {_condition(report)}"),
            ("jobs", f"{jobs.unfinished} unfinished, {len(jobs.orphan_jobs)} without a gateway"),
            *(
                (f"tools {name}", f"{each.tools}, which cost each conversation about {each.tokens} tokens")
                for name, each in report.tool_list.items()
            ),
            ("http", _reach(report.endpoint_exposure)),
            ("caches", _caches(report.cache_awareness)),
        ]
    )
    click.echo()
    show_table(
        ("client", "gives up after", "becomes a job after", "our entry", "lasting limit", "file"),
        map(_client, report.clients),
    )
    click.echo()
    for finding in report.findings:
        click.echo(clean(f"{finding.level}: {finding.subject}: {finding.message}"))
        if finding.remedy:
            click.echo(f"  {clean(finding.remedy)}")
    click.echo("Nothing is broken." if report.ok else "Something is broken; see the errors above.")


def _row(name: str, each: ProviderReport) -> tuple[object, ...]:
    if not each.cli_available:
        return name, "not installed", None, None, None, None
    missing = f"{len(each.missing_flags)} missing" if each.missing_flags else "as expected"
    answer = each.generation and f"{each.generation.ending} in {each.generation.seconds:.1f} s"
    return name, each.version or "?", each.login_status, missing, answer, each.command


def _reach(exposure: ExposureReport) -> str:
    public = f", {exposure.public_url} {exposure.reachable_from_web}" if exposure.public_url else ""
    return f"{exposure.local_url} ({exposure.mode}{public}); token: {exposure.auth.source}"


def _caches(caches: CacheReport) -> str:
    told = caches.last_24h
    on = ", ".join(caches.enabled_features) or "nothing"
    if told is None or not told.total_requests:
        return f"nothing to tell of the last 24 hours; switched on: {on}"
    saved = money(told.estimated_savings_usd) or "an unknown sum"
    hits = f"{told.total_hits} of {told.total_requests} runs in 24 hours read from one"
    return f"{hits}, which saved {saved}; switched on: {on}"


def _client(each: ClientReport) -> tuple[object, ...]:
    """A row for a client. The limit is the line for its file with which no request takes too long."""
    limit, ours = each.call_limit_seconds, each.handed_over_after_seconds
    given_up = "?" if limit is None else f"{limit:g} s"
    handed = "never" if ours is None else f"{ours:g} s"
    return each.name, given_up, handed, each.entry, each.limit_lines, each.config_path


def _condition(report: Report) -> str:
    database = report.database
    if not database.exists:
        return "(not made yet)"
    if database.problems:
        return "(broken)"
    return f"({database.size_bytes // 1024} KiB, version {database.schema_version}, sound)"

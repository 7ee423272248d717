"""``gateway doctor``."""

import click
import msgspec

from gateway.cli import local
from gateway.cli.doctor_report import Report, reported
from gateway.cli.main import Interrupt, run
from gateway.cli.output import clean, show_facts, show_json, show_table
from gateway.service.doctor import ProviderReport


@click.command("doctor")
@click.option("--deep", is_flag=True, help="Ask each installed CLI for one word. Costs a few tokens.")
@click.option("--latest", is_flag=True, help="Ask the package registries for newer releases.")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object, as docs/doctor.schema.json describes it."
)
@click.pass_context
def command(ctx: click.Context, *, deep: bool, latest: bool, as_json: bool) -> None:
    """Find out what is wrong, and what to do about it.

    Looks at every CLI, its version, login and flags, at the plugins, the database and the known clients. The exit
    code is 1 where something is broken.
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
    database, jobs, price = report.database, report.jobs, report.tool_list
    show_facts(
        [
            ("gateway", f"{report.gateway.version} on Python {report.system.python}, {report.system.os}"),
            (
                "configuration",
                f"{report.gateway.config_path}{'' if report.gateway.config_exists else ' (none)'}",
            ),
            ("database", f"{database.path} {_condition(report)}"),
            ("jobs", f"{jobs.unfinished} unfinished, {len(jobs.orphan_jobs)} without a gateway"),
            ("tools", f"{price.tools}, which cost each conversation about {price.tokens} tokens"),
            *((f"client {each.name}", each.meaning) for each in report.clients),
        ]
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


def _condition(report: Report) -> str:
    database = report.database
    if not database.exists:
        return "(not made yet)"
    if database.problems:
        return "(broken)"
    return f"({database.size_bytes // 1024} KiB, version {database.schema_version}, sound)"

-- What must always be true is said here, not in code. Times are Unix seconds, sizes are bytes.

create table jobs (
    id              text primary key,
    provider        text not null,
    tool            text not null,
    principal       text not null,
    correlation_id  text not null,
    mode            text not null check (mode in ('sync', 'async')),
    status          text not null check (status in ('queued', 'running', 'ended')),
    directory       text not null,
    created_at      real not null,
    started_at      real,
    finished_at     real,
    attempt         integer not null default 1 check (attempt >= 1),
    fingerprint     text,
    directory_state text,
    owner           text,
    lease_until     real,
    stop_reason     text check (stop_reason in ('timeout', 'idle', 'overflow', 'cancelled')),
    ending          text check (ending in (
                        'ok', 'empty', 'refused', 'truncated', 'timeout', 'idle', 'overflow', 'cancelled', 'lost',
                        'auth_required', 'quota_exhausted', 'permission_denied', 'input_invalid',
                        'input_too_large', 'model_unknown', 'session_unknown', 'cli_missing',
                        'cli_incompatible', 'provider_error')),
    error           text,
    returncode      integer,
    session_id      text,
    model           text,
    stdout_bytes    integer not null default 0,
    stderr_bytes    integer not null default 0,
    answer_bytes    integer not null default 0,
    finish_reason   text,
    notes           text not null default '[]',
    check ((status = 'ended') = (finished_at is not null)),
    check ((status = 'ended') = (ending is not null)),
    check (status <> 'running' or (started_at is not null and owner is not null))
) strict;

create unique index jobs_one_live_twin on jobs (fingerprint) where finished_at is null;
create index jobs_twins on jobs (fingerprint, finished_at) where ending = 'ok';
create index jobs_unfinished on jobs (created_at) where finished_at is null;
create index jobs_newest on jobs (created_at);
create index jobs_finished on jobs (finished_at) where finished_at is not null;

create table flights (
    id                   text primary key,
    correlation_id       text not null,
    job_id               text not null references jobs (id) on delete cascade,
    provider             text not null,
    tool                 text not null,
    principal            text not null,
    mode                 text not null check (mode in ('sync', 'async')),
    deduped              integer not null default 0 check (deduped in (0, 1)),
    origin               text not null,
    started_at           real not null,
    finished_at          real,
    model_asked          text,
    model_used           text,
    session_id           text,
    prompt_hash          text not null,
    prompt               text,
    stable_prefix_hash   text,
    stable_prefix_tokens integer,
    cli_version          text,
    answer               text,
    error                text,
    ending               text,
    exit_code            integer,
    duration_ms          integer,
    queue_ms             integer,
    retries              integer not null default 0,
    breaker              text check (breaker in ('closed', 'open', 'half_open')),
    input_tokens         integer,
    output_tokens        integer,
    cache_read_tokens    integer,
    cache_write_tokens   integer,
    reasoning_tokens     integer,
    cost_usd             real,
    cost_source          text not null default 'unknown' check (cost_source in ('reported', 'computed', 'unknown')),
    check ((finished_at is null) = (ending is null)),
    check ((cost_source = 'unknown') = (cost_usd is null))
) strict;

create index flights_job on flights (job_id);
-- What lists filter by and what sums add up lies in the indexes: the way to a row's numbers leads past its texts.
create index flights_by_time on flights (started_at, provider, principal, ending);
create index flights_by_provider on flights (
    provider, started_at, principal, ending, deduped,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd);
create index flights_by_model on flights (
    provider, model_used, tool, principal, deduped, ending,
    started_at, duration_ms, cache_read_tokens, cache_write_tokens);
create index flights_by_session on flights (
    session_id, provider, model_used, principal, deduped, ending,
    started_at, finished_at, cache_read_tokens, cache_write_tokens, stable_prefix_hash)
    where session_id is not null;
create index flights_by_prefix on flights (
    stable_prefix_hash, provider, model_used, principal, deduped, ending,
    started_at, cache_read_tokens, cache_write_tokens)
    where stable_prefix_hash is not null;
create index flights_correlation on flights (correlation_id);
create index flights_open on flights (job_id) where finished_at is null;

create table sessions (
    provider    text not null,
    id          text not null,
    principal   text not null,
    source      text not null check (source in ('cli', 'chosen', 'created')),
    description text,
    directory   text not null,
    model       text,
    created_at  real not null,
    used_at     real not null,
    total       text,
    primary key (provider, id)
) strict, without rowid;

create table active_sessions (
    principal  text not null,
    provider   text not null,
    session_id text not null,
    primary key (principal, provider),
    foreign key (provider, session_id) references sessions (provider, id) on delete cascade
) strict, without rowid;

create index sessions_used on sessions (used_at);
create index sessions_newest on sessions (provider, directory, used_at);

create table approvals (
    id        text primary key,
    ts        real not null,
    principal text not null,
    cli       text not null,
    decision  text not null
) strict;

create index approvals_newest on approvals (principal, ts);

create table panels (
    id          text primary key,
    principal   text not null,
    tool        text not null,
    intent      text not null check (intent in (
                    'validate', 'second_opinion', 'red_team', 'consensus', 'ask_model', 'synthesize')),
    created_at  real not null,
    request     text not null,
    judge       text,
    working_dir text,
    timeout_ms  integer,
    receipt     text,
    sealed_at   real,
    check ((receipt is null) = (sealed_at is null))
) strict;

create table seats (
    panel_id       text not null references panels (id) on delete cascade,
    number         integer not null check (number >= 0),
    role           text not null check (role in ('seat', 'judge')),
    provider       text not null,
    correlation_id text not null,
    job_id         text,
    flight_id      text,
    ending         text,
    error          text,
    primary key (panel_id, number),
    check ((job_id is null) = (flight_id is null)),
    check ((job_id is null) = (ending is not null))
) strict, without rowid;

create unique index seats_one_judge on seats (panel_id) where role = 'judge';
-- The sums over all flights that have ended, kept with each of them: to add up all rows takes long when they are many.
create table tallies (
    principal    text not null,
    provider     text not null,
    tool         text not null,
    requests     integer not null,
    ok           integer not null,
    timed        integer not null,
    milliseconds integer not null,
    primary key (principal, provider, tool)
) strict, without rowid;

create trigger flights_that_had_ended after insert on flights when new.ending is not null begin
    insert into tallies values (
        new.principal, new.provider, new.tool, 1, new.ending = 'ok', new.duration_ms is not null,
        coalesce(new.duration_ms, 0))
    on conflict do update set
        requests = requests + 1, ok = ok + excluded.ok, timed = timed + excluded.timed,
        milliseconds = milliseconds + excluded.milliseconds;
end;

create trigger flights_that_end after update of ending on flights when old.ending is null and new.ending is not null
begin
    insert into tallies values (
        new.principal, new.provider, new.tool, 1, new.ending = 'ok', new.duration_ms is not null,
        coalesce(new.duration_ms, 0))
    on conflict do update set
        requests = requests + 1, ok = ok + excluded.ok, timed = timed + excluded.timed,
        milliseconds = milliseconds + excluded.milliseconds;
end;

create trigger flights_that_are_forgotten after delete on flights when old.ending is not null begin
    update tallies set
        requests = requests - 1, ok = ok - (old.ending = 'ok'), timed = timed - (old.duration_ms is not null),
        milliseconds = milliseconds - coalesce(old.duration_ms, 0)
    where principal = old.principal and provider = old.provider and tool = old.tool;
end;
-- What one gateway of many does now and then, and when it was last begun.

create table chores (
    name     text primary key,
    begun_at real not null
) strict;

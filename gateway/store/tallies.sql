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

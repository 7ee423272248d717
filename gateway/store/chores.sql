-- What one gateway of many does now and then, and when it was last begun.

create table chores (
    name     text primary key,
    begun_at real not null
) strict;

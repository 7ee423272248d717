-- The last crash of each plugin, and how many there have been: a plugin that crashes in a request is loaded all the same.

create table crashes (
    plugin  text primary key,
    hook    text not null,
    problem text not null,
    count   integer not null default 1,
    at      real not null
) strict;

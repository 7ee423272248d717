-- From version 1, which kept no sums. The process of a job is known by its lock file since.
insert into tallies
select principal, provider, tool, count(*), sum(ending = 'ok'), count(duration_ms), coalesce(sum(duration_ms), 0)
from flights where ending is not null group by principal, provider, tool;

alter table jobs drop column pid;

-- From version 2, which kept of an end neither why the model stopped nor what else there was to say.
alter table jobs add column finish_reason text;
alter table jobs add column notes text not null default '[]';

-- Whether a provider is up, as all workers together found: failures in a row open its breaker, and turns then wait or go
-- elsewhere instead of failing one by one. Once the time is over, one turn tries it, and its end decides.
create table kinkster.breakers (
  provider text primary key constraint breaker_provider_is_known check (provider in ('flowise', 'openai_responses')),
  failures integer not null default 0 constraint failures_are_not_negative check (failures >= 0),
  open_until timestamptz,
  failed_user_id uuid
);

comment on table kinkster.breakers is 'One row per provider: its failures in a row, over all workers. To close one by hand, set failures to 0 and open_until to null.';
comment on column kinkster.breakers.provider is 'The provider.';
comment on column kinkster.breakers.failures is 'Attempts in a row that found it unreachable, unavailable, silent or talking nonsense; of one user''s only the first, unless it was unreachable.';
comment on column kinkster.breakers.open_until is 'Until then no turn is sent there; after it, one tries. Null: closed.';
comment on column kinkster.breakers.failed_user_id is 'Whose attempt was counted last.';

insert into kinkster.breakers (provider) values ('flowise'), ('openai_responses') on conflict do nothing;

revoke all on kinkster.breakers from public, anon, authenticated, service_role;
grant select, update on kinkster.breakers to service_role;

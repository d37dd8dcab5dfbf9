"""What is asked of a database: every statement, in one place.

Each query of OBJECTS gives `kind`, `name` and, for what belongs to something, `of`. A name with a schema is
an array of both; types are as format_type writes them. All other columns are traits, under `reader`'s names.
"""

RECORD_COLUMNS = """
select attname::text
from pg_catalog.pg_attribute
where attrelid = pg_catalog.to_regclass('supabase_migrations.schema_migrations')
  and attnum > 0 and not attisdropped
"""

RECORDED = "select version, {name}, {sql} from supabase_migrations.schema_migrations order by version"

SCHEMAS = """
select 'schema' as kind, nspname::text as name from pg_catalog.pg_namespace
"""

EXTENSIONS = """
select 'extension' as kind, extname::text as name from pg_catalog.pg_extension
"""

ROLES = """
select 'role' as kind, rolname::text as name from pg_catalog.pg_roles
"""

RELATIONS = """
select
  case c.relkind
    when 'v' then 'view'
    when 'm' then 'materialized view'
    when 'S' then 'sequence'
    when 'f' then 'foreign table'
    else 'table'
  end as kind,
  array[n.nspname, c.relname]::text[] as name
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname !~ '^(pg_|information_schema$)'
  and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
  and not exists (select from pg_catalog.pg_depend as d where d.objid = c.oid and d.deptype = 'e')
"""

ROW_SECURITY = """
select
  'row security' as kind,
  '' as name,
  array[n.nspname, c.relname]::text[] as of,
  c.relrowsecurity as "being on"
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname !~ '^(pg_|information_schema$)' and c.relkind in ('r', 'p')
"""

COLUMNS = """
select
  'column' as kind,
  a.attname::text as name,
  array[n.nspname, c.relname]::text[] as of,
  pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
  a.attnotnull as "not null"
from pg_catalog.pg_attribute as a
join pg_catalog.pg_class as c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'f')
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname !~ '^(pg_|information_schema$)' and a.attnum > 0 and not a.attisdropped
"""

INDEXES = """
select
  'index' as kind,
  array[n.nspname, i.relname]::text[] as name,
  array[n.nspname, c.relname]::text[] as of,
  x.indisunique as uniqueness,
  m.amname::text as method,
  (
    select pg_catalog.array_agg(coalesce(a.attname::text, '(expression)') order by k.n)
    from pg_catalog.unnest(x.indkey::smallint[]) with ordinality as k (attnum, n)
    left join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = k.attnum and k.attnum > 0
    where k.n <= x.indnkeyatts
  ) as columns,
  x.indpred is not null as condition
from pg_catalog.pg_index as x
join pg_catalog.pg_class as i on i.oid = x.indexrelid
join pg_catalog.pg_class as c on c.oid = x.indrelid
join pg_catalog.pg_am as m on m.oid = i.relam
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname !~ '^(pg_|information_schema$)'
"""

CONSTRAINTS = """
select
  'constraint' as kind,
  k.conname::text as name,
  array[n.nspname, c.relname]::text[] as of,
  case k.contype
    when 'p' then 'primary key'
    when 'u' then 'unique'
    when 'f' then 'foreign key'
    when 'c' then 'check'
    when 'x' then 'exclusion'
    else k.contype::text
  end as sort,
  k.convalidated as validity,
  array[fn.nspname, f.relname]::text[] as "other table",
  (
    select pg_catalog.array_agg(a.attname::text order by u.n)
    from pg_catalog.unnest(k.conkey) with ordinality as u (attnum, n)
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = u.attnum
  ) as columns
from pg_catalog.pg_constraint as k
join pg_catalog.pg_class as c on c.oid = k.conrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_class as f on f.oid = k.confrelid
left join pg_catalog.pg_namespace as fn on fn.oid = f.relnamespace
where n.nspname !~ '^(pg_|information_schema$)'
"""

FUNCTIONS = """
select
  'function' as kind,
  array[n.nspname, p.proname]::text[] as name,
  array(
    select pg_catalog.format_type(a.oid, null)
    from pg_catalog.unnest(p.proargtypes::oid[]) with ordinality as a (oid, n)
    order by a.n
  ) as arguments,
  l.lanname::text as language,
  case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end as volatility,
  case when p.prosecdef then 'definer' else 'invoker' end as security,
  coalesce(p.proconfig, '{}') as settings,
  p.proretset as many,
  pg_catalog.format_type(p.prorettype, null) as result,
  p.prosrc as body
from pg_catalog.pg_proc as p
join pg_catalog.pg_language as l on l.oid = p.prolang
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
where n.nspname !~ '^(pg_|information_schema$)'
  and not exists (select from pg_catalog.pg_depend as d where d.objid = p.oid and d.deptype = 'e')
"""

TRIGGERS = """
select
  'trigger' as kind,
  t.tgname::text as name,
  array[n.nspname, c.relname]::text[] as of,
  array[pn.nspname, p.proname]::text[] as function,
  (t.tgtype & 66)::integer as timing,
  (t.tgtype & 60)::integer as events,
  (t.tgtype & 1) = 1 as reach,
  t.tgqual is not null as condition
from pg_catalog.pg_trigger as t
join pg_catalog.pg_class as c on c.oid = t.tgrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_proc as p on p.oid = t.tgfoid
join pg_catalog.pg_namespace as pn on pn.oid = p.pronamespace
where n.nspname !~ '^(pg_|information_schema$)' and not t.tgisinternal
"""

POLICIES = """
select
  'policy' as kind,
  p.polname::text as name,
  array[n.nspname, c.relname]::text[] as of,
  case p.polcmd
    when 'r' then 'select'
    when 'a' then 'insert'
    when 'w' then 'update'
    when 'd' then 'delete'
    else 'all'
  end as command,
  array(
    select coalesce(r.rolname::text, 'public')
    from pg_catalog.unnest(p.polroles) as o (oid)
    left join pg_catalog.pg_roles as r on r.oid = o.oid
  ) as roles,
  p.polqual is not null as using,
  p.polwithcheck is not null as check
from pg_catalog.pg_policy as p
join pg_catalog.pg_class as c on c.oid = p.polrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname !~ '^(pg_|information_schema$)'
"""

NAMED_TYPES = """
select 'type' as kind, array[n.nspname, t.typname]::text[] as name
from pg_catalog.pg_type as t
join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
left join pg_catalog.pg_class as c on c.oid = t.typrelid
where n.nspname !~ '^(pg_|information_schema$)'
  and (t.typtype in ('e', 'd', 'r') or c.relkind = 'c')
  and not exists (select from pg_catalog.pg_depend as d where d.objid = t.oid and d.deptype = 'e')
"""

LABELS = """
select 'label' as kind, l.enumlabel::text as name, array[n.nspname, t.typname]::text[] as of
from pg_catalog.pg_enum as l
join pg_catalog.pg_type as t on t.oid = l.enumtypid
join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
where n.nspname !~ '^(pg_|information_schema$)'
"""

OBJECTS = [
    SCHEMAS,
    EXTENSIONS,
    ROLES,
    RELATIONS,
    ROW_SECURITY,
    COLUMNS,
    INDEXES,
    CONSTRAINTS,
    FUNCTIONS,
    TRIGGERS,
    POLICIES,
    NAMED_TYPES,
    LABELS,
]
"""One query for each kind of object."""

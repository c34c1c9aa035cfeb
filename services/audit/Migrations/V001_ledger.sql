-- One chain of entries for each tenant and one for the platform, whose tenant_id is the nil UUID
-- (RFC 9562 section 5.9). Nothing here is ever changed or removed, whoever asks.
CREATE TABLE audit.head (
  tenant_id uuid PRIMARY KEY,
  sequence bigint NOT NULL CHECK (sequence >= 0),
  chain_hash bytea NOT NULL CHECK (octet_length(chain_hash) = 32)
);

CREATE TABLE audit.entry (
  tenant_id uuid NOT NULL,
  sequence bigint NOT NULL CHECK (sequence >= 1),
  -- How the bytes are to be read: 1 is tenantry.events.v1.Event, serialized deterministically.
  format smallint NOT NULL DEFAULT 1 CHECK (format = 1),
  bytes bytea NOT NULL CHECK (octet_length(bytes) <= 65536),
  leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
  chain_hash bytea NOT NULL CHECK (octet_length(chain_hash) = 32),
  recorded_at timestamptz NOT NULL,
  -- Copies of what the bytes say, to search by; verification compares them with the bytes.
  event_id uuid NOT NULL CONSTRAINT entry_event_id_key UNIQUE,
  type text NOT NULL,
  source text NOT NULL,
  actor_id text NOT NULL,
  on_behalf_of_id text NOT NULL,
  target_kind text NOT NULL,
  target_id text NOT NULL,
  request_id text NOT NULL,
  ip text NOT NULL,
  occurred_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, sequence)
);

-- Searches end in the list's order, so a page costs the same in a large ledger as in a small one.
CREATE INDEX entry_by_actor ON audit.entry (actor_id, tenant_id, sequence);
CREATE INDEX entry_by_target ON audit.entry (target_id, tenant_id, sequence);
CREATE INDEX entry_by_type ON audit.entry (type, tenant_id, sequence);
CREATE INDEX entry_by_time ON audit.entry (tenant_id, occurred_at);
CREATE INDEX entry_by_request ON audit.entry (request_id);

INSERT INTO audit.head (tenant_id, sequence, chain_hash)
VALUES ('00000000-0000-0000-0000-000000000000', 0, decode(repeat('00', 32), 'hex'));

-- Locks the heads of these ledgers, in one order for everybody, and makes those that are missing.
CREATE FUNCTION audit.lock_heads(tenants uuid[])
RETURNS TABLE (tenant_id uuid, sequence bigint, chain_hash bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  INSERT INTO audit.head AS h (tenant_id, sequence, chain_hash)
    SELECT t, 0, decode(repeat('00', 32), 'hex') FROM unnest(tenants) AS t ORDER BY t
    ON CONFLICT DO NOTHING;
  RETURN QUERY
    SELECT h.tenant_id, h.sequence, h.chain_hash FROM audit.head AS h
    WHERE h.tenant_id = ANY (tenants) ORDER BY h.tenant_id FOR UPDATE;
END
$$;

-- Moves the heads behind the entries that a statement added; refuses a gap, a repetition, and
-- entries that do not follow the head.
CREATE FUNCTION audit.advance_heads() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
  bad uuid;
BEGIN
  SELECT a.tenant_id INTO bad
    FROM (
      SELECT n.tenant_id, min(n.sequence) AS low, max(n.sequence) AS high, count(*) AS entries
      FROM added AS n GROUP BY n.tenant_id) AS a
    LEFT JOIN audit.head AS h ON h.tenant_id = a.tenant_id
    WHERE h.sequence IS NULL OR a.low <> h.sequence + 1 OR a.entries <> a.high - a.low + 1
    LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger % would have a gap', bad
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE audit.head AS h SET sequence = l.sequence, chain_hash = l.chain_hash
    FROM (
      SELECT DISTINCT ON (n.tenant_id) n.tenant_id, n.sequence, n.chain_hash
      FROM added AS n ORDER BY n.tenant_id, n.sequence DESC) AS l
    WHERE h.tenant_id = l.tenant_id;
  RETURN NULL;
END
$$;

CREATE TRIGGER entry_advances_head AFTER INSERT ON audit.entry
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit.advance_heads();

CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % of %.% is refused',
    TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entry
  FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER head_stays BEFORE DELETE OR TRUNCATE ON audit.head
  FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

-- Always: a session that calls itself a replica does not get around them.
ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER entry_advances_head;
ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER entry_is_append_only;
ALTER TABLE audit.head ENABLE ALWAYS TRIGGER head_stays;

-- The service's role, whatever its name: it reads both tables and adds entries, and does nothing
-- else. Heads move by the trigger alone.
REVOKE ALL ON FUNCTION audit.lock_heads (uuid[]), audit.advance_heads(), audit.refuse() FROM PUBLIC;
DO $$
DECLARE
  grantee name;
BEGIN
  FOR grantee IN
    SELECT DISTINCT r.rolname FROM pg_class AS c
    CROSS JOIN LATERAL aclexplode(c.relacl) AS a
    JOIN pg_roles AS r ON r.oid = a.grantee
    WHERE c.oid IN ('audit.entry'::regclass, 'audit.head'::regclass) AND a.grantee <> c.relowner
  LOOP
    EXECUTE format('REVOKE ALL ON audit.entry, audit.head FROM %I', grantee);
    EXECUTE format('GRANT SELECT, INSERT ON audit.entry TO %I', grantee);
    EXECUTE format('GRANT SELECT ON audit.head TO %I', grantee);
    EXECUTE format('GRANT EXECUTE ON FUNCTION audit.lock_heads(uuid[]) TO %I', grantee);
  END LOOP;
END
$$;

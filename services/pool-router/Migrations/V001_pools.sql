CREATE TABLE pool.pool (
  kind text NOT NULL CHECK (kind IN ('admin', 'app')),
  index integer NOT NULL CHECK (index >= 0),
  region text NOT NULL CHECK (region <> ''),
  status text NOT NULL CHECK (status IN ('active', 'degraded', 'drain')),
  -- The one tenant it is for; NULL for a shared pool.
  dedicated_tenant_id uuid,
  tenant_count bigint NOT NULL CHECK (tenant_count >= 0),
  epoch bigint NOT NULL CHECK (epoch >= 1),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (kind, index),
  CONSTRAINT pool_dedicated_to_one CHECK (dedicated_tenant_id IS NULL OR tenant_count <= 1),
  -- A tenant has at most one pool of each kind to itself.
  CONSTRAINT pool_dedicated_once UNIQUE (dedicated_tenant_id, kind)
);

-- The numbers of each kind, from 0; a rolled back opening leaves a gap, which means nothing.
CREATE SEQUENCE pool.admin_index AS integer MINVALUE 0 START 0;
CREATE SEQUENCE pool.app_index AS integer MINVALUE 0 START 0;

-- Placement reads the shared pools of one region, however many dedicated ones there are.
CREATE INDEX pool_shared ON pool.pool (region, kind, tenant_count, index)
  WHERE dedicated_tenant_id IS NULL;

CREATE TABLE pool.assignment (
  tenant_id uuid NOT NULL,
  -- The product's module; empty for all that have no row of their own.
  module text NOT NULL CHECK (char_length(module) <= 63),
  admin_kind text NOT NULL GENERATED ALWAYS AS ('admin') STORED,
  admin_pool integer NOT NULL,
  app_kind text NOT NULL GENERATED ALWAYS AS ('app') STORED,
  app_pool integer NOT NULL,
  epoch bigint NOT NULL CHECK (epoch >= 1),
  assigned_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, module),
  FOREIGN KEY (admin_kind, admin_pool) REFERENCES pool.pool (kind, index),
  FOREIGN KEY (app_kind, app_pool) REFERENCES pool.pool (kind, index)
);

-- Who is on a pool, for drains and moves.
CREATE INDEX assignment_by_admin_pool ON pool.assignment (admin_pool, tenant_id);
CREATE INDEX assignment_by_app_pool ON pool.assignment (app_pool, tenant_id);

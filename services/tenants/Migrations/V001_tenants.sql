CREATE TABLE tenant.app (
  app_id uuid PRIMARY KEY,
  name text NOT NULL CHECK (name <> '' AND char_length(name) <= 500),
  created_at timestamptz NOT NULL
);

CREATE TABLE tenant.reseller (
  reseller_id uuid PRIMARY KEY,
  name text NOT NULL CHECK (name <> '' AND char_length(name) <= 500),
  created_at timestamptz NOT NULL
);

-- Lists run newest first by a key of their own, so that no clock and no way of making ids decides.
CREATE INDEX app_newest ON tenant.app (created_at, app_id);
CREATE INDEX reseller_newest ON tenant.reseller (created_at, reseller_id);

CREATE TABLE tenant.tenant (
  tenant_id uuid PRIMARY KEY,
  app_id uuid NOT NULL CONSTRAINT tenant_app_fkey REFERENCES tenant.app,
  reseller_id uuid CONSTRAINT tenant_reseller_fkey REFERENCES tenant.reseller,
  display_name text NOT NULL CHECK (display_name <> '' AND char_length(display_name) <= 500),
  region text NOT NULL CHECK (region <> ''),
  tier text NOT NULL CHECK (tier IN ('S', 'P', 'G')),
  -- Kept after the tenant is gone: its host name must not fall to another one.
  brand_domain text CONSTRAINT tenant_brand_domain_key UNIQUE
    CHECK (brand_domain = lower(brand_domain) AND char_length(brand_domain) <= 253),
  sandbox boolean NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL CHECK (updated_at >= created_at),
  epoch bigint NOT NULL CHECK (epoch >= 1),
  state text NOT NULL
    CHECK (state IN ('provisioned', 'trial', 'active', 'suspended', 'offboarding', 'offboarded')),
  -- The way back from a suspension, kept while a suspended tenant is leaving.
  suspended_from text CHECK (suspended_from IN ('trial', 'active')),
  suspend_cause text CHECK (
    suspend_cause IN
      ('other', 'chargeback_abuse', 'illegal_use', 'unpaid_invoices', 'breach_hold')),
  suspend_reason text CHECK (suspend_reason <> ''),
  -- The way back from an offboarding.
  leaving_from text CHECK (leaving_from IN ('provisioned', 'trial', 'active', 'suspended')),
  leaving_reason text CHECK (leaving_reason <> ''),
  deadline_at timestamptz,
  CONSTRAINT tenant_suspension_whole CHECK (
    num_nonnulls(suspended_from, suspend_cause, suspend_reason)
      = CASE WHEN 'suspended' IN (state, COALESCE(leaving_from, '')) THEN 3 ELSE 0 END),
  CONSTRAINT tenant_leaving_whole CHECK (
    num_nonnulls(leaving_from, leaving_reason, deadline_at)
      = CASE WHEN state IN ('offboarding', 'offboarded') THEN 3 ELSE 0 END)
);

-- Every change of state, in the order of the tenant's epochs.
CREATE TABLE tenant.transition (
  tenant_id uuid NOT NULL REFERENCES tenant.tenant DEFERRABLE INITIALLY DEFERRED,
  epoch bigint NOT NULL CHECK (epoch >= 1),
  previous_epoch bigint GENERATED ALWAYS AS (NULLIF(epoch - 1, 0)) STORED,
  action text NOT NULL,
  from_state text,
  to_state text NOT NULL,
  reason text NOT NULL,
  happened_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, epoch),
  UNIQUE (tenant_id, epoch, to_state),
  CONSTRAINT transition_begins CHECK ((epoch = 1) = (from_state IS NULL)),
  -- The drawn transitions, as Domain/Lifecycle.swift draws them.
  CONSTRAINT transition_drawn CHECK (
    (action, COALESCE(from_state, ''), to_state) IN (
      ('create', '', 'provisioned'),
      ('start_trial', 'provisioned', 'trial'),
      ('activate', 'provisioned', 'active'),
      ('activate', 'trial', 'active'),
      ('suspend', 'trial', 'suspended'),
      ('suspend', 'active', 'suspended'),
      ('reinstate', 'suspended', 'trial'),
      ('reinstate', 'suspended', 'active'),
      ('offboard', 'provisioned', 'offboarding'),
      ('offboard', 'trial', 'offboarding'),
      ('offboard', 'active', 'offboarding'),
      ('offboard', 'suspended', 'offboarding'),
      ('cancel_offboarding', 'offboarding', 'provisioned'),
      ('cancel_offboarding', 'offboarding', 'trial'),
      ('cancel_offboarding', 'offboarding', 'active'),
      ('cancel_offboarding', 'offboarding', 'suspended'),
      ('complete_offboarding', 'offboarding', 'offboarded'))),
  -- A transition starts where the one before it ended.
  CONSTRAINT transition_continues FOREIGN KEY (tenant_id, previous_epoch, from_state)
    REFERENCES tenant.transition (tenant_id, epoch, to_state)
);

-- No state without the transition that led to it: a statement that writes the state alone fails at
-- its commit, whoever sends it.
ALTER TABLE tenant.tenant ADD CONSTRAINT tenant_state_has_transition
  FOREIGN KEY (tenant_id, epoch, state) REFERENCES tenant.transition (tenant_id, epoch, to_state)
  DEFERRABLE INITIALLY DEFERRED;

-- Each declared filter field has an index that ends in the list's order, so a page costs the same
-- among a million tenants as among a thousand.
CREATE INDEX tenant_newest ON tenant.tenant (created_at, tenant_id);
CREATE INDEX tenant_by_state ON tenant.tenant (state, created_at, tenant_id);
CREATE INDEX tenant_by_tier ON tenant.tenant (tier, created_at, tenant_id);
CREATE INDEX tenant_by_region ON tenant.tenant (region, created_at, tenant_id);
CREATE INDEX tenant_by_app ON tenant.tenant (app_id, created_at, tenant_id);
CREATE INDEX tenant_by_reseller ON tenant.tenant (reseller_id, created_at, tenant_id)
  WHERE reseller_id IS NOT NULL;
CREATE INDEX tenant_by_sandbox ON tenant.tenant (sandbox, created_at, tenant_id);

-- Looking a tenant up by a part of its name or its host name.
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA tenant;
CREATE INDEX tenant_by_part_of_name ON tenant.tenant
  USING gin (display_name tenant.gin_trgm_ops, brand_domain tenant.gin_trgm_ops);

-- The snapshot for gates reads the few tenants whose members are, or will be, kept out.
CREATE INDEX tenant_gated ON tenant.tenant (tenant_id)
  WHERE state IN ('suspended', 'offboarding', 'offboarded');

-- Tenants that wait for their pools: written with the tenant, removed once it is placed.
CREATE TABLE tenant.unplaced (
  tenant_id uuid PRIMARY KEY REFERENCES tenant.tenant,
  since timestamptz NOT NULL
);
CREATE INDEX unplaced_longest ON tenant.unplaced (since, tenant_id);

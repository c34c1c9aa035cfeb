// OpenSSL 3 as Swift can see it. Macros and type-checked stacks are not imported by Swift, so the
// few that are needed get a static inline function here; nothing in this file decides anything.
#pragma once

// The one-shot EVP digests allocate and look algorithms up on every call. The low-level SHA-256
// state is a plain struct, half the price for short inputs, and OpenSSL only marks it deprecated
// because it cannot be swapped for another provider.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// Keys

static inline EVP_PKEY *copenssl_generate_p256(void) { return EVP_EC_gen("P-256"); }

static inline EVP_PKEY *copenssl_generate_ed25519(void) {
  return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

// The passphrase callback of PEM_read_*: refuses. OpenSSL's own would stop to ask the terminal.
static inline int copenssl_no_passphrase(char *buffer, int size, int writing, void *context) {
  (void)buffer, (void)size, (void)writing, (void)context;
  return -1;
}

static inline EVP_PKEY *copenssl_read_private_key(BIO *bio) {
  return PEM_read_bio_PrivateKey(bio, NULL, copenssl_no_passphrase, NULL);
}

static inline X509 *copenssl_read_certificate(BIO *bio) {
  return PEM_read_bio_X509(bio, NULL, copenssl_no_passphrase, NULL);
}

// Memory BIOs

static inline long copenssl_bio_contents(BIO *bio, char **bytes) {
  return BIO_get_mem_data(bio, bytes);
}

// Certificates

static inline int copenssl_add_common_name(
    X509_NAME *name, const unsigned char *text, int length) {
  return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, text, length, -1, 0);
}

// Subject alternative names

static inline GENERAL_NAMES *copenssl_alternative_names(const X509 *certificate) {
  return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

static inline int copenssl_names_count(const GENERAL_NAMES *names) {
  return sk_GENERAL_NAME_num(names);
}

static inline const GENERAL_NAME *copenssl_name_at(const GENERAL_NAMES *names, int index) {
  return sk_GENERAL_NAME_value(names, index);
}

static inline GENERAL_NAMES *copenssl_names_new(void) { return sk_GENERAL_NAME_new_null(); }

static inline int copenssl_names_push(GENERAL_NAMES *names, GENERAL_NAME *name) {
  return sk_GENERAL_NAME_push(names, name);
}

static inline int copenssl_add_alternative_names(X509 *certificate, GENERAL_NAMES *names) {
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT);
}

// TLS contexts

static const uint64_t copenssl_no_renegotiation = SSL_OP_NO_RENEGOTIATION;
static const uint64_t copenssl_no_compression = SSL_OP_NO_COMPRESSION;
static const uint64_t copenssl_no_ticket = SSL_OP_NO_TICKET;
static const uint64_t copenssl_server_preference =
    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;

static inline int copenssl_set_minimum_version(SSL_CTX *context, int version) {
  return SSL_CTX_set_min_proto_version(context, version);
}

static inline void copenssl_set_mode(SSL_CTX *context, long mode) {
  SSL_CTX_set_mode(context, mode);
}

static inline void copenssl_disable_session_cache(SSL_CTX *context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static inline int copenssl_set_groups(SSL_CTX *context, const char *groups) {
  return SSL_CTX_set1_groups_list(context, groups);
}

static inline int copenssl_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
  return SSL_CTX_add1_chain_cert(context, certificate);
}

// Finds the first of the server's protocols that the client offers; both lists in wire format.
static inline int copenssl_select_protocol(
    const unsigned char **selected, unsigned char *selected_length, const unsigned char *server,
    unsigned int server_length, const unsigned char *client, unsigned int client_length) {
  return SSL_select_next_proto((unsigned char **)selected, selected_length, server, server_length,
                               client, client_length);
}

// TLS sessions

static inline int copenssl_set_server_name(SSL *ssl, const char *name) {
  return (int)SSL_set_tlsext_host_name(ssl, name);
}

static inline void copenssl_set_app_data(SSL *ssl, void *data) { SSL_set_app_data(ssl, data); }

static inline void *copenssl_app_data(const SSL *ssl) { return SSL_get_app_data(ssl); }

static inline SSL *copenssl_verified_session(X509_STORE_CTX *store) {
  return (SSL *)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
}

// BIO methods

static inline void copenssl_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

static inline void copenssl_retry_read(BIO *bio) { BIO_set_retry_read(bio); }

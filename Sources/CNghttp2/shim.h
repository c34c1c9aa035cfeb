#pragma once
#include <malloc.h>
#include <nghttp2/nghttp2.h>
#include <time.h>

// Swift reads a member of a C union by copying the union. These read one field of a frame, inlined.

static inline uint8_t cnghttp2_frame_type(const nghttp2_frame *frame) {
  return frame->hd.type;
}

static inline uint8_t cnghttp2_frame_flags(const nghttp2_frame *frame) {
  return frame->hd.flags;
}

static inline int32_t cnghttp2_frame_stream(const nghttp2_frame *frame) {
  return frame->hd.stream_id;
}

static inline int cnghttp2_frame_ends_stream(const nghttp2_frame *frame) {
  return (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) &&
         (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
}

// The bytes of a DATA frame without its padding.
static inline size_t cnghttp2_data_length(const nghttp2_frame *frame) {
  return frame->hd.length - frame->data.padlen;
}

static inline nghttp2_headers_category cnghttp2_headers_category(const nghttp2_frame *frame) {
  return frame->headers.cat;
}

static inline uint32_t cnghttp2_reset_code(const nghttp2_frame *frame) {
  return frame->rst_stream.error_code;
}

// The opaque bytes of a PING as a big-endian number, so that both ends read the same one.
static inline uint64_t cnghttp2_ping_opaque(const nghttp2_frame *frame) {
  uint64_t value = 0;
  for (int i = 0; i < 8; i++) value = value << 8 | frame->ping.opaque_data[i];
  return value;
}

// CLOCK_MONOTONIC in nanoseconds.
static inline uint64_t cnghttp2_monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// The bytes that a block of malloc's has room for; Swift's Glibc does not know it.
static inline size_t cnghttp2_room(void *block) { return malloc_usable_size(block); }

// What Swift's Glibc module does not export: epoll, eventfd, accept4, thread names, signal
// handlers. Only plain C types here, so that importing this module pulls in no system header. Every
// function that can fail returns a negative errno; none reads or leaves `errno` for the caller.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Bits of `clinux_event.ready` and of an interest.
#define CLINUX_READABLE 1u
#define CLINUX_WRITABLE 2u
#define CLINUX_HANGUP 4u
#define CLINUX_ERROR 8u

// The most reports that one clinux_poller_wait returns.
#define CLINUX_EVENTS_MAX 256

// One descriptor is ready. `key` is what clinux_poller_add was given.
struct clinux_event {
  uint64_t key;
  uint32_t ready;
};

// epoll(7), level-triggered.
int clinux_poller_create(void);
int clinux_poller_add(int poller, int descriptor, uint32_t interest, uint64_t key);
int clinux_poller_modify(int poller, int descriptor, uint32_t interest, uint64_t key);
int clinux_poller_remove(int poller, int descriptor);
// Waits at most timeout_ms (-1: for ever). Returns how many events were written; a signal counts as
// none.
int clinux_poller_wait(int poller, struct clinux_event *events, int timeout_ms);

// eventfd(2). Added to a poller it is edge-triggered: each wake is reported once and nobody needs
// to read it.
int clinux_waker_create(void);
int clinux_waker_add(int poller, int waker, uint64_t key);
void clinux_waker_wake(int waker);

// One pointer per thread: the loop that runs there.
void *clinux_current_loop(void);
void clinux_set_current_loop(void *loop);
// Names the calling thread; the kernel keeps 15 bytes.
void clinux_name_thread(const char *name);

// Sockets are stream sockets, non-blocking and close-on-exec. send never raises SIGPIPE.
int clinux_socket(int family);
int clinux_accept(int listener, void *address, uint32_t *address_length);
int clinux_connect(int descriptor, const void *address, uint32_t address_length);
int64_t clinux_receive(int descriptor, void *bytes, size_t count);
int64_t clinux_send(int descriptor, const void *bytes, size_t count);
// Bytes to send: an iovec under a name of our own.
struct clinux_piece {
  const void *start;
  size_t count;
};
// Sends the pieces one behind the other; at most IOV_MAX, which is 1024.
int64_t clinux_send_pieces(int descriptor, const struct clinux_piece *pieces, size_t count);
int clinux_close(int descriptor);

// Catches a signal: returns a descriptor that turns readable when the signal arrives, and stays
// open for the life of the process. -EBUSY when the signal is caught already.
int clinux_signal_catch(int signal);
// Gives the signal back its former action.
void clinux_signal_release(int signal);
// How often the signal has arrived since the last call.
uint64_t clinux_signal_take(int signal);

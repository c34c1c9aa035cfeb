#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static uint32_t epoll_bits(uint32_t interest) {
  uint32_t bits = 0;
  if (interest & CLINUX_READABLE) bits |= EPOLLIN;
  if (interest & CLINUX_WRITABLE) bits |= EPOLLOUT;
  return bits;
}

static uint32_t ready_bits(uint32_t bits) {
  uint32_t ready = 0;
  if (bits & EPOLLIN) ready |= CLINUX_READABLE;
  if (bits & EPOLLOUT) ready |= CLINUX_WRITABLE;
  if (bits & EPOLLHUP) ready |= CLINUX_HANGUP;
  if (bits & EPOLLERR) ready |= CLINUX_ERROR;
  return ready;
}

static int control(int poller, int operation, int descriptor, uint32_t bits, uint64_t key) {
  struct epoll_event event = {.events = bits, .data.u64 = key};
  return epoll_ctl(poller, operation, descriptor, &event) == 0 ? 0 : -errno;
}

int clinux_poller_create(void) {
  int poller = epoll_create1(EPOLL_CLOEXEC);
  return poller >= 0 ? poller : -errno;
}

int clinux_poller_add(int poller, int descriptor, uint32_t interest, uint64_t key) {
  return control(poller, EPOLL_CTL_ADD, descriptor, epoll_bits(interest), key);
}

int clinux_poller_modify(int poller, int descriptor, uint32_t interest, uint64_t key) {
  return control(poller, EPOLL_CTL_MOD, descriptor, epoll_bits(interest), key);
}

int clinux_poller_remove(int poller, int descriptor) {
  return control(poller, EPOLL_CTL_DEL, descriptor, 0, 0);
}

int clinux_poller_wait(int poller, struct clinux_event *events, int timeout_ms) {
  struct epoll_event native[CLINUX_EVENTS_MAX];
  int count = epoll_wait(poller, native, CLINUX_EVENTS_MAX, timeout_ms);
  if (count < 0) return errno == EINTR ? 0 : -errno;
  for (int i = 0; i < count; i++) {
    events[i].key = native[i].data.u64;
    events[i].ready = ready_bits(native[i].events);
  }
  return count;
}

int clinux_waker_create(void) {
  int waker = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return waker >= 0 ? waker : -errno;
}

int clinux_waker_add(int poller, int waker, uint64_t key) {
  return control(poller, EPOLL_CTL_ADD, waker, EPOLLIN | EPOLLET, key);
}

void clinux_waker_wake(int waker) {
  uint64_t one = 1;
  // EAGAIN means that the counter is full, and then the waker is readable: nothing is lost.
  ssize_t written;
  do written = write(waker, &one, sizeof one);
  while (written < 0 && errno == EINTR);
}

static _Thread_local void *current_loop;

void *clinux_current_loop(void) { return current_loop; }

void clinux_set_current_loop(void *loop) { current_loop = loop; }

void clinux_name_thread(const char *name) {
  char kept[16] = {0};
  for (size_t i = 0; i < sizeof kept - 1 && name[i] != 0; i++) kept[i] = name[i];
  pthread_setname_np(pthread_self(), kept);
}

int clinux_socket(int family) {
  int descriptor = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return descriptor >= 0 ? descriptor : -errno;
}

int clinux_accept(int listener, void *address, uint32_t *address_length) {
  socklen_t length = *address_length;
  int descriptor = accept4(listener, address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) return -errno;
  *address_length = length;
  return descriptor;
}

int clinux_connect(int descriptor, const void *address, uint32_t address_length) {
  // A non-blocking connect that a signal interrupts goes on by itself, like EINPROGRESS (POSIX
  // connect).
  if (connect(descriptor, address, address_length) == 0) return 0;
  return errno == EINTR ? -EINPROGRESS : -errno;
}

int64_t clinux_receive(int descriptor, void *bytes, size_t count) {
  for (;;) {
    ssize_t received = recv(descriptor, bytes, count, 0);
    if (received >= 0) return received;
    if (errno != EINTR) return -errno;
  }
}

int64_t clinux_send(int descriptor, const void *bytes, size_t count) {
  for (;;) {
    ssize_t sent = send(descriptor, bytes, count, MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    if (errno != EINTR) return -errno;
  }
}

_Static_assert(
    sizeof(struct clinux_piece) == sizeof(struct iovec) &&
        offsetof(struct clinux_piece, start) == offsetof(struct iovec, iov_base) &&
        offsetof(struct clinux_piece, count) == offsetof(struct iovec, iov_len),
    "a piece is an iovec");

int64_t clinux_send_pieces(int descriptor, const struct clinux_piece *pieces, size_t count) {
  struct msghdr message = {.msg_iov = (struct iovec *)pieces, .msg_iovlen = count};
  for (;;) {
    ssize_t sent = sendmsg(descriptor, &message, MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    if (errno != EINTR) return -errno;
  }
}

int clinux_close(int descriptor) {
  // Linux frees the descriptor whatever close returns: never close twice.
  return close(descriptor) == 0 ? 0 : -errno;
}

// --- signals
//
// A handler that writes to an eventfd, not signalfd: signalfd needs the signal blocked in every
// thread, among them those that libraries start, and a blocked mask is inherited by child processes
// while a handler is not. The eventfds are never closed, so a handler that is late on another
// thread cannot write into a stranger's file.

#define SIGNALS_MAX 65

static pthread_mutex_t signals_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int signal_wakers[SIGNALS_MAX];  // descriptor + 1; 0: none yet
static struct sigaction former_actions[SIGNALS_MAX];
static unsigned char caught[SIGNALS_MAX];

static void on_signal(int signal) {
  int kept = errno;
  int waker = atomic_load(&signal_wakers[signal]) - 1;
  if (waker >= 0) clinux_waker_wake(waker);
  errno = kept;
}

static int catch_locked(int signal) {
  if (caught[signal]) return -EBUSY;
  int waker = atomic_load(&signal_wakers[signal]) - 1;
  if (waker < 0) {
    waker = clinux_waker_create();
    if (waker < 0) return waker;
    atomic_store(&signal_wakers[signal], waker + 1);
  }
  clinux_signal_take(signal);
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  if (sigaction(signal, &action, &former_actions[signal]) != 0) return -errno;
  caught[signal] = 1;
  return waker;
}

int clinux_signal_catch(int signal) {
  if (signal <= 0 || signal >= SIGNALS_MAX) return -EINVAL;
  pthread_mutex_lock(&signals_lock);
  int result = catch_locked(signal);
  pthread_mutex_unlock(&signals_lock);
  return result;
}

void clinux_signal_release(int signal) {
  if (signal <= 0 || signal >= SIGNALS_MAX) return;
  pthread_mutex_lock(&signals_lock);
  if (caught[signal]) {
    sigaction(signal, &former_actions[signal], NULL);
    caught[signal] = 0;
  }
  pthread_mutex_unlock(&signals_lock);
}

uint64_t clinux_signal_take(int signal) {
  if (signal <= 0 || signal >= SIGNALS_MAX) return 0;
  int waker = atomic_load(&signal_wakers[signal]) - 1;
  uint64_t count = 0;
  if (waker < 0 || read(waker, &count, sizeof count) != sizeof count) return 0;
  return count;
}

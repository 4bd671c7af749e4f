// Cables between network namespaces that hold every frame back for a fixed time (this kernel may lack netem).
// delay-cable [NAMESPACE_A DEVICE_A NAMESPACE_B DEVICE_B DELAY_MS]...    makes a tap device at both ends of each; prints "ready"; ends on SIGTERM
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 65536
struct frame { int64_t at; int length; char *bytes; };
struct line { struct frame *frames; unsigned head, count; };

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int open_tap(const char *name, const char *device) {
  char path[256];
  snprintf(path, sizeof path, "/var/run/netns/%s", name);
  int there = open(path, O_RDONLY), here = open("/proc/self/ns/net", O_RDONLY);
  if (there < 0 || here < 0 || setns(there, CLONE_NEWNET)) { perror(path); exit(1); }
  int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  struct ifreq request;
  memset(&request, 0, sizeof request);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  strncpy(request.ifr_name, device, IFNAMSIZ - 1);
  if (tap < 0 || ioctl(tap, TUNSETIFF, &request) || setns(here, CLONE_NEWNET)) { perror("tap"); exit(1); }
  close(there);
  close(here);
  return tap;
}

int main(int count, char **words) {
  int ends = (count - 1) / 5 * 2; // an end's other end has the neighbouring number
  if (ends < 2) return 2;
  struct line *lines = calloc(ends, sizeof *lines); // what arrived at an end and is on its way to the other
  struct pollfd *polls = calloc(ends, sizeof *polls);
  int64_t *delays = calloc(ends, sizeof *delays);
  for (int i = 0; i < ends; i++) {
    char **cable = words + 1 + i / 2 * 5;
    polls[i].fd = open_tap(cable[i % 2 * 2], cable[i % 2 * 2 + 1]);
    polls[i].events = POLLIN;
    delays[i] = atof(cable[4]) * 1000000LL;
    lines[i].frames = calloc(SLOTS, sizeof(struct frame));
  }
  char buffer[65600];
  puts("{\"type\": \"ready\"}");
  fflush(stdout);
  for (;;) {
    int64_t now = now_ns(), wait = -1;
    for (int i = 0; i < ends; i++) {
      struct line *line = &lines[i];
      while (line->count && line->frames[line->head].at <= now) {
        struct frame *frame = &line->frames[line->head];
        if (write(polls[i ^ 1].fd, frame->bytes, frame->length) < 0) { /* the far end is full: the frame is lost, as on a real line */ }
        free(frame->bytes);
        line->head = (line->head + 1) % SLOTS;
        line->count--;
      }
      if (line->count) {
        int64_t left = line->frames[line->head].at - now;
        if (wait < 0 || left < wait) wait = left;
      }
    }
    struct timespec timeout = { wait / 1000000000, wait % 1000000000 };
    if (ppoll(polls, ends, wait < 0 ? NULL : &timeout, NULL) < 0) continue;
    for (int i = 0; i < ends; i++) {
      if (!(polls[i].revents & POLLIN)) continue;
      for (int burst = 0; burst < 64; burst++) {
        int length = read(polls[i].fd, buffer, sizeof buffer);
        if (length <= 0) break;
        struct line *line = &lines[i];
        if (line->count >= SLOTS - 1) continue;
        struct frame *frame = &line->frames[(line->head + line->count++) % SLOTS];
        frame->at = now_ns() + delays[i];
        frame->length = length;
        frame->bytes = malloc(length);
        memcpy(frame->bytes, buffer, length);
      }
    }
  }
}

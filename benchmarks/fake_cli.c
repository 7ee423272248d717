/* A CLI that costs nothing: it prints what the prompt asks for, in the lines that plugin/gateway_plugin_bench.py reads.
 *
 * The prompt, on standard input or among the arguments, says "[fake KEY=NUMBER ...]":
 *   first  milliseconds before the first byte      kb     size of the output beside the answer
 *   sleep  milliseconds before the answer          line   bytes of text in each line (one=1: all in one line)
 *   drip   parts that the output is printed in     pause  milliseconds between two of them
 *   hang   never end                               deaf   ignore SIGTERM
 *   brood  processes it starts and leaves behind
 * FAKE_PROBE_MS is how long --version and --help take. The answer is "ok BEGUN ENDED", nanoseconds of the monotonic clock.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *KEYS[] = {"first", "sleep", "kb", "line", "one", "drip", "pause", "hang", "deaf", "brood"};
enum { FIRST, SLEEP, KB, LINE, ONE, DRIP, PAUSE, HANG, DEAF, BROOD, COUNT };
static long asked[COUNT] = {[LINE] = 100};
static char text[1 << 16];

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void nap(long milliseconds) {
    struct timespec t = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    if (milliseconds > 0) nanosleep(&t, NULL);
}

static int obey(const char *words, size_t length) {
    const char *found = memmem(words, length, "[fake", 5);
    if (!found) return 0;
    for (const char *at = found + 5; at < words + length && *at != ']'; at++)
        for (int key = 0; key < COUNT; key++) {
            size_t size = strlen(KEYS[key]);
            if (!strncmp(at, KEYS[key], size) && at[size] == '=') asked[key] = atol(at + size + 1);
        }
    return 1;
}

static void read_prompt(void) {
    static char prompt[1 << 20];
    size_t length = 0;
    ssize_t got;
    while (length < sizeof prompt - 1 && (got = read(0, prompt + length, sizeof prompt - 1 - length)) > 0) length += (size_t)got;
    obey(prompt, length);
}

static const char *OPEN = "{\"type\":\"step\",\"turn\":1,\"at\":1732211111,\"step\":{\"type\":\"part_added\",\"index\":0,"
                          "\"part\":{\"type\":\"text\",\"text\":\"";
static const char *CLOSE = "\"}}}";

static long body(long bytes) {
    long written = 0, line = asked[LINE] < (long)sizeof text ? asked[LINE] : (long)sizeof text - 1;
    if (bytes <= 0) return 0;
    if (asked[ONE]) fputs(OPEN, stdout);
    while (written < bytes) {
        if (asked[ONE]) { written += (long)fwrite(text, 1, (size_t)line, stdout); continue; }
        written += printf("%s%.*s%s\n", OPEN, (int)line, text, CLOSE);
    }
    if (asked[ONE]) puts(CLOSE);
    return written;
}

static void answer(uint64_t begun) {
    char words[80];
    snprintf(words, sizeof words, "ok %llu %llu", (unsigned long long)begun, (unsigned long long)now());
    printf("%s%s%s\n", OPEN, words, CLOSE);
    printf("{\"type\":\"end\",\"result\":\"%s\",\"tokens\":{\"input\":24,\"cached\":4,\"output\":20}}\n", words);
}

int main(int count, char **words) {
    uint64_t begun = now();
    memset(text, 'x', sizeof text);
    int told = 0;
    for (int i = 1; i < count; i++) {
        if (!strcmp(words[i], "--version") || !strcmp(words[i], "--help")) {
            const char *wait = getenv("FAKE_PROBE_MS");
            nap(wait ? atol(wait) : 0);
            puts("bench-cli 1.0.0");
            return 0;
        }
        told |= obey(words[i], strlen(words[i]));
    }
    if (!told) read_prompt();
    if (asked[DEAF]) signal(SIGTERM, SIG_IGN);
    for (long i = 0; i < asked[BROOD]; i++)
        if (!fork()) { setsid(); pause(); _exit(0); }
    nap(asked[FIRST]);
    printf("{\"type\":\"start\",\"model\":\"bench-1\",\"session\":\"00000000-0000-4000-8000-%012d\"}\n", getpid());
    long parts = asked[DRIP] ? asked[DRIP] : 1;
    for (long part = 0; part < parts; part++) {
        body(asked[KB] * 1024 / parts);
        if (asked[DRIP]) { fflush(stdout); nap(asked[PAUSE]); }
    }
    if (asked[SLEEP] || asked[HANG]) fflush(stdout);
    nap(asked[SLEEP]);
    while (asked[HANG]) pause();
    answer(begun);
    return 0;
}

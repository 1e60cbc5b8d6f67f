/* Tells Pantavisor that this container is ready: POST /signal on the control socket. Exits 0 when it was heard. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char request[] =
    "POST /signal HTTP/1.1\r\n"
    "Host: localhost\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: 29\r\n"
    "Connection: close\r\n"
    "\r\n"
    "{\"type\":\"ready\",\"payload\":\"\"}";

int main(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/pantavisor/pv-ctrl"};
    char answer[512] = "";
    size_t length = 0;
    ssize_t count;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("pv-ready: /pantavisor/pv-ctrl");
        return 1;
    }
    if (write(fd, request, sizeof request - 1) != (ssize_t)(sizeof request - 1)) {
        perror("pv-ready: write");
        return 1;
    }
    while (length < sizeof answer - 1 && (count = read(fd, answer + length, sizeof answer - 1 - length)) > 0)
        length += (size_t)count;
    answer[length] = 0;
    if (strncmp(answer, "HTTP/1.1 200 ", 13) != 0) {
        fprintf(stderr, "pv-ready: %.*s\n", (int)strcspn(answer, "\r\n"), answer);
        return 1;
    }
    return 0;
}

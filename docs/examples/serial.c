/* Your own scheme: a serial line is an endpoint like any other. The program prints what a device
 * sends.
 *
 *     build/dev/examples/serial 'serial:/dev/ttyUSB0?speed=9600'
 *     build/dev/examples/serial tcp:localhost:7000
 */
#include <bight/adopt.h>
#include <bight/scheme.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* -- The scheme -- */

static const struct {
    const char *text;
    speed_t speed;
} speeds[] = {{"9600", B9600}, {"19200", B19200}, {"115200", B115200}};

/* Returns false for an unknown speed. Without an option the speed is the last of the table. */
static bool find_speed(const char *text, speed_t *speed)
{
    for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
        *speed = speeds[i].speed;
        if (text != NULL && strcmp(text, speeds[i].text) == 0)
            return true;
    }
    return text == NULL;
}

static bool set_up(int fd, speed_t speed)
{
    struct termios settings;

    if (fd < 0 || tcgetattr(fd, &settings) != 0)
        return false;
    cfmakeraw(&settings);
    cfsetspeed(&settings, speed);
    return tcsetattr(fd, TCSANOW, &settings) == 0;
}

static bight_deferred *serial_connect(bight_reactor *reactor, const bight_endpoint *endpoint,
                                      const bight_connect_options *options,
                                      bight_protocol *protocol, void *data)
{
    const char *speed_text = bight_endpoint_get_option(endpoint, "speed");
    bight_transport *transport;
    bight_error *error = NULL;
    speed_t speed;
    int fd;

    (void)options;
    (void)data;
    if (!find_speed(speed_text, &speed))
        return bight_deferred_failed(
            bight_endpoint_new_error(endpoint, speed_text, "9600, 19200 or 115200"));
    fd = open(bight_endpoint_get_place(endpoint), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (!set_up(fd, speed))
        error = bight_error_new_errno(errno, "set up");
    else if (bight_transport_adopt(reactor, fd, fd, protocol, &transport) == BIGHT_OK)
        return bight_scheme_made(transport);
    if (fd >= 0)
        close(fd);
    return error != NULL ? bight_deferred_failed(error) : NULL;
}

static bight_status add_serial_scheme(bight_reactor *reactor)
{
    static const char *const options[] = {"speed=", NULL};
    static const bight_scheme_ops ops = {.size = sizeof(bight_scheme_ops),
                                         .name = "serial",
                                         .options = options,
                                         .connect = serial_connect};

    return bight_reactor_add_scheme(reactor, &ops, NULL, NULL);
}

/* -- A program that does not depend on the scheme -- */

typedef struct reader {
    bight_protocol protocol;
    bight_reactor *reactor;
    int status;
} reader;

static void on_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    (void)protocol;
    fwrite(bytes, 1, size, stdout);
    fflush(stdout);
}

static void on_closed(bight_protocol *protocol, const bight_error *reason)
{
    (void)reason;
    bight_reactor_stop(((reader *)protocol)->reactor);
}

static bight_result on_failed(bight_result in, void *data)
{
    reader *self = data;

    fprintf(stderr, "%s\n", bight_error_get_message(in.error));
    self->status = EXIT_FAILURE;
    bight_reactor_stop(self->reactor);
    bight_result_free(in);
    return bight_result_value(NULL);
}

int main(int count, char **arguments)
{
    static const bight_protocol_ops ops = {.size = sizeof(bight_protocol_ops),
                                           .name = "reader",
                                           .received = on_received,
                                           .closed = on_closed};
    reader self = {.protocol = {&ops}, .reactor = bight_reactor_new()};
    bight_connect_options how = BIGHT_CONNECT_OPTIONS_INIT;
    bight_deferred *attempt;

    if (count != 2 || self.reactor == NULL || add_serial_scheme(self.reactor) != BIGHT_OK)
        return EXIT_FAILURE;
    how.timeout = BIGHT_SEC(10);
    attempt = bight_connect_with(self.reactor, arguments[1], &how, &self.protocol);
    bight_deferred_free(bight_deferred_then(attempt, NULL, on_failed, &self));
    if (bight_reactor_run(self.reactor) != BIGHT_OK)
        self.status = EXIT_FAILURE;
    bight_reactor_free(self.reactor);
    return self.status;
}

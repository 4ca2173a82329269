/* A client that shows a certificate that is not trusted, and gets its answer later.
 *
 *     build/dev/examples/certificate tls:localhost:6697 accept
 *
 * The second argument is the answer: `refuse`, `accept` or `remember`. A program with a window
 * would ask a person. */
#include <bight/endpoint.h>
#include <bight/later.h>
#include <bight/tls.h>
#include <bight/value.h>
#include <stdio.h>
#include <string.h>

typedef struct program {
    bight_protocol protocol; /* of the connection */
    bight_reactor *reactor;
    const char *answer;
    int status;
} program;

static void print_certificate(const bight_certificate *certificate)
{
    char date[BIGHT_DATE_TEXT_SIZE], fingerprint[BIGHT_FINGERPRINT_TEXT_SIZE];

    printf("  %s, issued by %s\n", bight_certificate_get_subject(certificate),
           bight_certificate_get_issuer(certificate));
    printf("    until %s\n", bight_date_format(bight_certificate_get_not_after(certificate), date));
    printf("    SHA-256 %s\n",
           bight_fingerprint_format(bight_certificate_get_fingerprint(certificate), fingerprint));
}

static void print_report(const bight_certificate_report *report)
{
    size_t count = bight_certificate_report_get_problem_count(report);

    printf("%s is not trusted:\n", bight_certificate_report_get_peer(report));
    for (size_t i = 0; i < count; i++)
        printf("- %s\n", bight_certificate_report_get_problem(report, i)->text);
    if (bight_certificate_report_is_changed(report))
        printf("- another key was remembered for this server\n");
    for (size_t i = 0; i < bight_certificate_report_get_certificate_count(report); i++)
        print_certificate(bight_certificate_report_get_certificate(report, i));
}

static bight_result read_answer(bight_result in, void *data)
{
    const program *self = data;
    bight_tls_answer answer = BIGHT_TLS_REFUSE;

    bight_result_free(in);
    if (strcmp(self->answer, "accept") == 0)
        answer = BIGHT_TLS_ACCEPT;
    else if (strcmp(self->answer, "remember") == 0)
        answer = BIGHT_TLS_REMEMBER;
    printf("answer: %s\n", self->answer);
    return bight_result_int(answer);
}

/* A dialog would make a promise here and complete it when a button is pressed. */
static bight_deferred *decide(const bight_certificate_report *report, void *data)
{
    program *self = data;

    print_report(report);
    return bight_deferred_then(bight_delay(self->reactor, BIGHT_MSEC(1)), read_answer, NULL, self);
}

static void on_connected(bight_protocol *protocol, bight_transport *transport)
{
    program *self = (program *)protocol;

    printf("connected, %s\n", bight_tls_is_trusted(transport) ? "trusted" : "not trusted");
    self->status = 0;
    bight_transport_close(transport);
}

static void on_closed(bight_protocol *protocol, const bight_error *reason)
{
    (void)reason;
    bight_reactor_stop(((program *)protocol)->reactor);
}

static const bight_protocol_ops ops = {
    .size = sizeof(bight_protocol_ops), .connected = on_connected, .closed = on_closed};

static bight_result on_failure(bight_result in, void *data)
{
    printf("%s\n", bight_error_get_message(in.error));
    bight_result_free(in);
    bight_reactor_stop(((program *)data)->reactor);
    return bight_result_value(NULL);
}

static void connect_to(program *self, const char *endpoint, bight_tls *tls)
{
    bight_connect_options options = BIGHT_CONNECT_OPTIONS_INIT;
    bight_deferred *attempt;

    options.tls = tls;
    attempt = bight_connect_with(self->reactor, endpoint, &options, &self->protocol);
    bight_deferred_then(attempt, NULL, on_failure, self);
    bight_deferred_free(attempt);
}

int main(int argc, char **argv)
{
    program self = {.protocol = {&ops}, .status = 1};
    bight_tls_options options = BIGHT_TLS_OPTIONS_INIT;
    bight_tls *tls;

    if (argc != 3)
        return 2;
    self.answer = argv[2];
    self.reactor = bight_reactor_new();
    options.decide = decide;
    options.decide_data = &self;
    if (self.reactor == NULL || bight_tls_new_client(&options, NULL, &tls) != BIGHT_OK)
        return 1;
    connect_to(&self, argv[1], tls);
    if (bight_reactor_run(self.reactor) != BIGHT_OK)
        self.status = 1;
    bight_reactor_free(self.reactor);
    bight_tls_unref(tls);
    return self.status;
}

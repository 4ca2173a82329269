// What a person has accepted without remembering holds until the program ends. Otherwise each
// reconnect would ask, also at night.
#include "trust.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtCore/QSettings>
#include <bight/value.h>

namespace chat
{
namespace
{

// Beside the settings.
QByteArray pinsFile()
{
    const QSettings settings;
    const QFileInfo file(settings.fileName());

    QDir().mkpath(file.absolutePath());
    return (file.absolutePath() + QStringLiteral("/known-servers")).toLocal8Bit();
}

} // namespace

Trust::~Trust()
{
    bight_tls_unref(m_tls);
}

bight_tls *Trust::tls()
{
    const QByteArray pins = pinsFile();
    bight_tls_options options = BIGHT_TLS_OPTIONS_INIT;

    if (m_tls != nullptr)
        return m_tls;
    options.decide = decide;
    options.decide_data = this;
    options.pins_file = pins.constData();
    if (bight_tls_new_client(&options, nullptr, &m_tls) == BIGHT_OK)
        return m_tls;
    qWarning("%s cannot be read, so no server is remembered", pins.constData());
    options.pins_file = nullptr;
    return bight_tls_new_client(&options, nullptr, &m_tls) == BIGHT_OK ? m_tls : nullptr;
}

bight_result Trust::onAnswer(bight_result in, void *data)
{
    static_cast<Trust *>(data)->m_accepted = bight_result_get_int(in) != BIGHT_TLS_REFUSE;
    return in;
}

bight_deferred *Trust::decide(const bight_certificate_report *report, void *data)
{
    auto *self = static_cast<Trust *>(data);
    const uint8_t *key =
        bight_certificate_get_key_fingerprint(bight_certificate_report_get_certificate(report, 0));
    const QByteArray question =
        bight_certificate_report_get_place(report) +
        QByteArray(reinterpret_cast<const char *>(key), BIGHT_FINGERPRINT_SIZE);

    if (self->m_accepted && self->m_question == question)
        return bight_deferred_of(bight_result_int(BIGHT_TLS_ACCEPT));
    self->m_accepted = false;
    self->m_question = question;
    if (!self->m_ask)
        return bight_deferred_of(bight_result_int(BIGHT_TLS_REFUSE));
    return bight_deferred_then(self->m_ask(report), onAnswer, nullptr, self);
}

} // namespace chat

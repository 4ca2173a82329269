// Whom the program trusts: the context of TLS, which asks the person about certificates.
#ifndef BIGHT_DEMO_QT_TRUST_H
#define BIGHT_DEMO_QT_TRUST_H

#include <QtCore/QByteArray>
#include <bight/tls.h>
#include <functional>

namespace chat
{

class Trust
{
  public:
    using Ask = std::function<bight_deferred *(const bight_certificate_report *)>;

    Trust() = default;
    ~Trust();
    Trust(const Trust &) = delete;
    Trust &operator=(const Trust &) = delete;

    // Who is asked; without, certificates that are not trusted are refused.
    void setAsk(Ask ask)
    {
        m_ask = std::move(ask);
    }

    // The context for connections; null for the defaults of the library. Made at the first call.
    bight_tls *tls();

  private:
    static bight_deferred *decide(const bight_certificate_report *report, void *data);
    static bight_result onAnswer(bight_result in, void *data);

    Ask m_ask;
    bight_tls *m_tls = nullptr;
    QByteArray m_question; // the place and the key of the last question
    bool m_accepted = false;
};

} // namespace chat

#endif

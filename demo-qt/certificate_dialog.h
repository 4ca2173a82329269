// The question whether to connect although a certificate is not trusted.
#ifndef BIGHT_DEMO_QT_CERTIFICATE_DIALOG_H
#define BIGHT_DEMO_QT_CERTIFICATE_DIALOG_H

#include <QtWidgets/QDialog>
#include <bight/tls.h>

class QCheckBox;
class QVBoxLayout;

namespace chat
{

// Deletes itself. The answer is a deferred, as bight_tls_options.decide wants it; when it is
// cancelled, the dialog closes.
class CertificateDialog : public QDialog
{
    Q_OBJECT

  public:
    // Open the dialog. Returns null when out of memory.
    static bight_deferred *ask(const bight_certificate_report *report, QWidget *parent);

  private:
    CertificateDialog(const bight_certificate_report *report, QWidget *parent);
    ~CertificateDialog() override;

    void addWarning(QVBoxLayout *column, const bight_certificate_report *report);
    void addFacts(QVBoxLayout *column, const bight_certificate_report *report);
    void addEnd(QVBoxLayout *column);
    void answer(int result);

    QCheckBox *m_remember = nullptr;
    bight_promise *m_promise = nullptr; // null once it is answered or withdrawn
};

} // namespace chat

#endif

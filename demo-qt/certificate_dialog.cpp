// Everything that a certificate says was written by somebody who may be an impostor. So it is shown
// as plain text, and each piece is isolated, so that characters for writing from right to left
// cannot turn the words around it.
#include "certificate_dialog.h"

#include "theme.h"

#include <QtWidgets/QCheckBox>
#include <QtWidgets/QDialogButtonBox>
#include <QtWidgets/QFormLayout>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QStyle>
#include <QtWidgets/QVBoxLayout>
#include <bight/value.h>
#include <utility>

namespace chat
{
namespace
{

constexpr int mostNames = 10;
constexpr int iconSize = 48;

QString isolated(const QString &text)
{
    return QChar(0x2068) + text + QChar(0x2069);
}

QLabel *plain(const QString &text, QWidget *parent)
{
    auto *label = new QLabel(text, parent);

    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

QString namesOf(const bight_certificate *certificate)
{
    QStringList names;
    const size_t count = bight_certificate_get_name_count(certificate);

    for (size_t i = 0; i < count && i < mostNames; ++i)
        names << QString::fromUtf8(bight_certificate_get_name(certificate, i));
    return count == 0 ? QObject::tr("no host") : names.join(QStringLiteral(", "));
}

QString datesOf(const bight_certificate *certificate)
{
    char from[BIGHT_DATE_TEXT_SIZE];
    char to[BIGHT_DATE_TEXT_SIZE];

    return QObject::tr("%1 to %2")
        .arg(QLatin1String(bight_date_format(bight_certificate_get_not_before(certificate), from)),
             QLatin1String(bight_date_format(bight_certificate_get_not_after(certificate), to)));
}

// In two lines of 16 bytes each.
QString fingerprintOf(const bight_certificate *certificate)
{
    char text[BIGHT_FINGERPRINT_TEXT_SIZE];
    const QString all = QLatin1String(
        bight_fingerprint_format(bight_certificate_get_fingerprint(certificate), text));

    return all.left(all.size() / 2) + QLatin1Char('\n') + all.mid(all.size() / 2 + 1);
}

QString problemsOf(const bight_certificate_report *report)
{
    QStringList lines;

    for (size_t i = 0; i < bight_certificate_report_get_problem_count(report); ++i) {
        QString text = QString::fromUtf8(bight_certificate_report_get_problem(report, i)->text);
        text[0] = text.at(0).toUpper();
        lines << QStringLiteral("• ") + isolated(text) + QLatin1Char('.');
    }
    return lines.join(QLatin1Char('\n'));
}

} // namespace

bight_deferred *CertificateDialog::ask(const bight_certificate_report *report, QWidget *parent)
{
    auto *dialog = new CertificateDialog(report, parent);
    bight_deferred *answer = bight_deferred_new(&dialog->m_promise);

    if (answer == nullptr) {
        delete dialog;
        return nullptr;
    }
    auto withdraw = [](bight_promise *promise, void *data) {
        auto *self = static_cast<CertificateDialog *>(data);
        self->m_promise = nullptr;
        bight_promise_free(promise);
        self->reject();
    };
    bight_promise_on_cancel(dialog->m_promise, withdraw, dialog);
    dialog->open();
    return answer;
}

CertificateDialog::CertificateDialog(const bight_certificate_report *report, QWidget *parent)
    : QDialog(parent)
{
    auto *row = new QHBoxLayout(this);
    auto *column = new QVBoxLayout;
    auto *icon = new QLabel(this);

    setObjectName(QStringLiteral("certificate"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("A server that is not trusted"));
    icon->setPixmap(style()->standardIcon(QStyle::SP_MessageBoxWarning).pixmap(iconSize, iconSize));
    row->setContentsMargins(20, 18, 20, 16);
    row->setSpacing(16);
    row->addWidget(icon, 0, Qt::AlignTop);
    row->addLayout(column, 1);
    column->setSpacing(12);
    addWarning(column, report);
    addFacts(column, report);
    addEnd(column);
    setFixedWidth(600);
    connect(this, &QDialog::finished, this, &CertificateDialog::answer);
}

CertificateDialog::~CertificateDialog()
{
    answer(Rejected);
}

void CertificateDialog::addWarning(QVBoxLayout *column, const bight_certificate_report *report)
{
    QLabel *heading =
        plain(tr("Is this really %1?")
                  .arg(isolated(QString::fromUtf8(bight_certificate_report_get_host(report)))),
              this);
    QFont font = heading->font();
    QString text = tr("This server did not prove who it is. Somebody between could read and change "
                      "everything that is said.");

    font.setBold(true);
    font.setPointSizeF(font.pointSizeF() * 1.2);
    heading->setFont(font);
    if (bight_certificate_report_is_changed(report))
        text.prepend(tr("This server had another key before. "));
    column->addWidget(heading);
    column->addWidget(plain(text, this));
    column->addWidget(plain(problemsOf(report), this));
}

void CertificateDialog::addFacts(QVBoxLayout *column, const bight_certificate_report *report)
{
    const bight_certificate *certificate = bight_certificate_report_get_certificate(report, 0);
    auto *form = new QFormLayout;
    QLabel *print = plain(fingerprintOf(certificate), this);

    print->setWordWrap(false);
    print->setFont(QFont(QStringLiteral("monospace"), print->font().pointSize() - 1));
    form->setHorizontalSpacing(12);
    form->setVerticalSpacing(6);
    form->setLabelAlignment(Qt::AlignLeft | Qt::AlignTop);
    form->addRow(tr("It is for"), plain(isolated(namesOf(certificate)), this));
    form->addRow(
        tr("Issued by"),
        plain(isolated(QString::fromUtf8(bight_certificate_get_issuer(certificate))), this));
    form->addRow(tr("Valid"), plain(datesOf(certificate), this));
    form->addRow(tr("SHA-256"), print);
    column->addLayout(form);
}

void CertificateDialog::addEnd(QVBoxLayout *column)
{
    auto *buttons = new QDialogButtonBox(this);
    QPushButton *refuse = buttons->addButton(tr("&Do not connect"), QDialogButtonBox::RejectRole);
    QPushButton *accept = buttons->addButton(tr("Connect &anyway"), QDialogButtonBox::AcceptRole);

    m_remember = new QCheckBox(tr("&Remember the key of this server and do not ask again"), this);
    accept->setAutoDefault(false);
    refuse->setDefault(true);
    refuse->setFocus();
    column->addWidget(m_remember);
    column->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
}

void CertificateDialog::answer(int result)
{
    bight_promise *promise = std::exchange(m_promise, nullptr);
    bight_tls_answer given = BIGHT_TLS_REFUSE;

    if (promise == nullptr)
        return;
    if (result == Accepted)
        given = m_remember->isChecked() ? BIGHT_TLS_REMEMBER : BIGHT_TLS_ACCEPT;
    bight_promise_on_cancel(promise, nullptr, nullptr);
    bight_promise_complete(promise, bight_result_int(given));
}

} // namespace chat

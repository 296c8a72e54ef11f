import Core
import Foundation

/// An e-mail as plain text.
struct Email: Sendable, Codable, Equatable {
    let subject: String
    let text: String
}

/// An e-mail that waits to be sent. Its text carries links that open accounts, so it is sealed.
struct SealedEmail: Sendable {
    let id: EmailID
    let content: [UInt8]
    /// Not to be sent after it: its links are dead.
    let expiresAt: Timestamp

    static func place(_ id: EmailID) -> SecretBox.Place { .init(table: "emails", column: "content_sealed", row: id.uuid) }
}

extension Email {
    /// In the three languages of Maitre, since nobody may learn from it whether the address is known, and so its language is not looked up.
    static func passwordReset(link: Secret<String>, lifetime: Duration) -> Email {
        let minutes = lifetime.components.seconds / 60
        return Email(
            subject: "Maitre: a new password",
            text: """
                Somebody, probably you, asked for a new password. Choose it here within \(minutes) minutes:

                \(link.reveal())

                If it was not you, do nothing: your password stays as it is.

                Seseorang, mungkin Anda, meminta kata sandi baru. Buka tautan di atas dalam \(minutes) menit. Jika bukan Anda, abaikan pesan ini.

                طلب أحدهم، وربما أنت، كلمة مرور جديدة. افتح الرابط أعلاه خلال \(minutes) دقيقة. إن لم تكن أنت فتجاهل هذه الرسالة.
                """
        )
    }

    /// A name as part of a sentence: whoever chose it does not write the rest of the message.
    private static func oneLine(_ name: String) -> String {
        let plain = name.unicodeScalars.map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: " "
            default: String(scalar)
            }
        }.joined()
        // No link either: mail programs make one of whatever looks like an address.
        return String(plain.replacing("://", with: " ").replacing("www.", with: "www ").prefix(60))
    }

    /// - Parameter restaurant: nil for an invitation to administer the installation.
    static func invitation(to restaurant: String?, role: Role?, link: Secret<String>, lifetime: Duration) -> Email {
        let hours = lifetime.components.seconds / 3600
        let place = restaurant.map(oneLine) ?? "Maitre"
        let rank = role?.rawValue ?? "administrator"
        return Email(
            subject: "Maitre: you are invited to \(place)",
            text: """
                You are invited to work for \(place) as \(rank). Accept within \(hours) hours:

                \(link.reveal())

                If you do not know why you got this, do nothing.

                Anda diundang bekerja untuk \(place). Buka tautan di atas dalam \(hours) jam.

                أنت مدعو للعمل لدى \(place). افتح الرابط أعلاه خلال \(hours) ساعة.
                """
        )
    }

    /// - Parameters:
    ///   - url: of the endpoint; only its host is shown, since the rest may be a secret.
    ///   - reason: `gone` or `failing`.
    static func webhookDisabled(restaurant: String, url: String, reason: String) -> Email {
        let place = oneLine(restaurant)
        let host = oneLine(url.firstRange(of: "://").map { String(url[$0.upperBound...].prefix { $0 != "/" && $0 != "?" }) } ?? url)
        let isGone = reason == "gone"
        return Email(
            subject: "Maitre: a webhook endpoint of \(place) was disabled",
            text: """
                \(isGone ? "The webhook endpoint at \(host) answered that it is gone (410)." : "The webhook endpoint at \(host) has failed for five days.")
                Maitre has disabled it: nothing more is sent there. Mend it, resume it and send again what failed.

                \(isGone ? "Endpoint webhook di \(host) menjawab bahwa alamatnya sudah tidak ada (410)." : "Endpoint webhook di \(host) gagal selama lima hari.")
                Maitre telah menonaktifkannya. Perbaiki, aktifkan kembali, lalu kirim ulang yang gagal.

                \(isGone ? "أجابت نقطة الويب هوك على \(host) بأنها لم تعد موجودة (410)." : "فشلت نقطة الويب هوك على \(host) لمدة خمسة أيام.")
                أوقفها Maitre. أصلحها ثم أعد تشغيلها وأعد إرسال ما فشل.
                """
        )
    }
}

/// The SQLSTATE codes this project handles by name (PostgreSQL documentation, appendix A).
public enum SQLState {
    public static let uniqueViolation = "23505"
    public static let foreignKeyViolation = "23503"
    public static let notNullViolation = "23502"
    public static let checkViolation = "23514"
    public static let exclusionViolation = "23P01"
    public static let insufficientPrivilege = "42501"
    public static let serializationFailure = "40001"
    public static let deadlockDetected = "40P01"
    public static let lockNotAvailable = "55P03"
    public static let queryCanceled = "57014"
    public static let invalidStatementName = "26000"
    public static let duplicatePreparedStatement = "42P05"
    public static let undefinedTable = "42P01"
    public static let raisedException = "P0001"
}

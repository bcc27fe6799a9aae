-- What came to stand stays so when the same version is sent once more and comes too late: of equal
-- content, a row that is not superseded counts before one that is. (`revision` is what the table
-- keeps the greatest of.)
ALTER TABLE match_events
    MODIFY COLUMN revision UInt64 DEFAULT
        bitOr(bitShiftLeft(toUInt64(generation), 48),
            bitOr(if(superseded, 0, bitShiftLeft(toUInt64(1), 47)), arrival));

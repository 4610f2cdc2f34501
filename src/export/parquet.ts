import type { Analysis, Frame } from '@pciem/capture';
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { COLUMNS, type ColumnType, type ColumnValue, type ExportColumn } from './columns.ts';
import type { Output } from './output.ts';

/** Rows of a row group: so many are kept in memory. */
const GROUP_ROWS = 1 << 14;

const TYPES: Readonly<Record<ColumnType, Partial<SchemaElement>>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  i32: { type: 'INT32' },
  u64: { type: 'INT64', converted_type: 'UINT_64' },
  bool: { type: 'BOOLEAN' },
  time: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' } },
};

/** Writes TLPs as rows of a Parquet file, one row group at a time. */
export class ParquetRows implements Analysis {
  readonly #output: Output;
  readonly #bytes = new ByteWriter(1 << 20);
  readonly #writer: ParquetWriter;
  readonly #columns = COLUMNS.map(() => [] as (ColumnValue | null)[]);
  #rows = 0;

  constructor(output: Output) {
    this.#output = output;
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: [{ name: 'tlp', num_children: COLUMNS.length }, ...COLUMNS.map(schemaElement)],
      createdBy: 'pciem',
    });
  }

  packet(frame: Frame): void {
    if (!frame.isTlp) return;
    COLUMNS.forEach(({ value }, index) => {
      (this.#columns[index] as (ColumnValue | null)[])[this.#rows] = value(frame) ?? null;
    });
    if (++this.#rows === GROUP_ROWS) this.#group();
  }

  finish(): void {
    if (this.#rows > 0) this.#group();
    this.#writer.finish();
    this.#flush();
  }

  #group(): void {
    const columnData = COLUMNS.map(({ name }, index) => ({
      name,
      data: (this.#columns[index] as (ColumnValue | null)[]).slice(0, this.#rows),
    }));
    this.#writer.write({ columnData, rowGroupSize: GROUP_ROWS });
    this.#rows = 0;
    this.#flush();
  }

  #flush(): void {
    this.#output.bytes(new Uint8Array(this.#bytes.buffer, 0, this.#bytes.index));
    this.#bytes.index = 0;
  }
}

function schemaElement({ name, type, required }: ExportColumn): SchemaElement {
  return { name, repetition_type: required ? 'REQUIRED' : 'OPTIONAL', ...TYPES[type] };
}

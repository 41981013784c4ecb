import type { ConstantData, ConstantValue, DataType, Shape } from './network';

/** A constant whose elements are not there until something asks for them. */
export class DeferredConstant implements ConstantValue {
  readonly op = 'Constant';
  private elements: ConstantData | undefined;

  /** @param read its elements, row-major; called once at most */
  constructor(
    readonly type: DataType,
    readonly shape: Shape,
    private readonly read: () => ConstantData,
    readonly label: string | undefined,
  ) {}

  get data(): ConstantData {
    this.elements ??= this.read();
    return this.elements;
  }
}

"""What every section of the settings has in common: unknown keys are refused, values do not change."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
